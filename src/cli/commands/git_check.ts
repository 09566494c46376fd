import { jsonFlag, switchFlag } from "../arguments.ts";
import { defineCommand } from "../command.ts";
import { UsageError } from "../errors.ts";
import { exitCodes } from "../exit_codes.ts";
import { checkIndex, type Finding } from "../git/check.ts";
import { repositoryAround } from "../git/repository.ts";
import { harmlessName, type Terminal } from "../terminal.ts";

type Flags = { readonly all: boolean; readonly json: boolean };

export const command = defineCommand<Flags>({
  brief: "Refuse plaintext and tampered files before a commit",
  description:
    "Looks at what is staged, not at the work tree: plaintext that a creation rule with a path\n" +
    "wants encrypted, values in plaintext in encrypted files, merges with two values left, and,\n" +
    "where an identity opens the file, a MAC that does not match. Other recipients than those of\n" +
    ".sops.yaml are told and stop nothing. git install has it run before each commit.",
  examples: [
    ["credsmith git check", "what the next commit would record"],
    ["credsmith git check --all", "every file that git has, for CI"],
  ],
  exits: {
    4: "a file was changed by something that did not hold the key",
    8: "plaintext, an unresolved merge, or a file that cannot be read",
  },
  parameters: {
    flags: { all: switchFlag("Every file that git has, not only what is staged"), json: jsonFlag },
  },
  async run(context, { all, json }) {
    const { terminal, cwd, env } = context;
    const repository = await repositoryAround(cwd);
    if (!repository?.root) {
      throw new UsageError(
        `Cannot check what is staged: there is no work tree around "${cwd}"`,
        undefined,
        "no_repository",
      );
    }
    const { findings, files, verified } = await checkIndex(context, repository.root, all);
    const refused = findings.filter(({ status }) => status === "refused");
    const exit = refused.some(({ cause }) => cause === "tampered")
      ? exitCodes.integrity
      : refused.length > 0
      ? exitCodes.refused
      : exitCodes.done;
    if (json) {
      terminal.line(
        JSON.stringify({ version: 1, ok: exit === 0, exit, all, files, verified, findings }),
      );
      return exit;
    }
    for (const finding of findings) tell(terminal, finding);
    // As a hook it says nothing where nothing is wrong.
    if (exit === 0 && !env.GIT_INDEX_FILE) {
      const counted = `${files} secrets ${files === 1 ? "file" : "files"}`;
      const which = all ? "that git has" : "staged";
      terminal.line(`Nothing wrong: ${counted} ${which}, MAC checked of ${verified}`);
    }
    return exit;
  },
});

function tell(terminal: Terminal, { file, status, text, fix }: Finding): void {
  const head = status === "refused" ? "Refused" : status === "note" ? "Note" : "Not checked";
  terminal.note(`${head}: ${harmlessName(file)}: ${text}`);
  if (fix) terminal.note(`  ${fix}`);
}
