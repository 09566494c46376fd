import { commandLinesAbove } from "../../platform/ancestors.ts";
import { readFile } from "../../platform/files.ts";
import { absolute } from "../../platform/paths.ts";
import { emitPlain, parseDocument, type SealedDocument } from "../../sops/document.ts";
import { NotEncryptedError } from "../../sops/errors.ts";
import { keyName } from "../../sops/keys/master_key.ts";
import type { Metadata } from "../../sops/metadata.ts";
import { formatOf } from "../../store/find.ts";
import { loadIdentities } from "../../store/identities.ts";
import type { Context } from "../command.ts";
import { engineOf, servicesFor } from "../engine.ts";
import { explain } from "../faults.ts";
import { agentMark } from "../guard.ts";
import { forOpening } from "../open.ts";
import { gitCommand } from "./git_command.ts";
import { redacted } from "./redact.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * What `git diff` compares in place of an encrypted file: its plaintext, and for whom it is
 * encrypted. Where it does not open, or is not to be shown, the names of the values, each with
 * something that changes when it does. A file that is not encrypted is given out as it is.
 *
 * Git ends with an error where its converter does, so this always has an answer.
 */
export async function textconv(
  context: Context,
  name: string,
  options: { readonly reveal: boolean },
): Promise<Uint8Array> {
  const { bytes } = readFile(absolute(name, context.cwd));
  let document: SealedDocument;
  try {
    document = await parseDocument(bytes, formatOf(name));
  } catch (error) {
    if (error instanceof NotEncryptedError) return bytes;
    // Half a merge, or another format than its name says: nobody decrypted anything of it.
    return bytes;
  }
  const hidden = await whyHidden(context, options.reveal);
  context.narrow(["read", "write", "net", "env", "sys", "run"]);
  const plain = hidden === undefined
    ? await opened(context, document)
    : await withoutValues(document, hidden);
  return joined(plain, audienceText(document.metadata));
}

/** Why values are not shown, where they are not to be. */
async function whyHidden({ env }: Context, reveal: boolean): Promise<string | undefined> {
  const asked = await askedBy();
  // Git writes what it compares into the file of the message, which stays on the disk.
  if (asked === "commit") return "git commit -v writes them to .git/COMMIT_EDITMSG";
  if (asked === "unknown") return "nobody knows which command of git asks for them";
  const mark = agentMark(env);
  if (mark === undefined || reveal || env.CREDSMITH_REVEAL === "1") return undefined;
  return `${mark} says that an agent runs this; CREDSMITH_REVEAL=1 shows them`;
}

/** Which of git's commands started us, as far as it matters. */
async function askedBy(): Promise<"commit" | "another" | "unknown"> {
  const above = await commandLinesAbove();
  if (above === undefined) return "unknown";
  return above.some((words) => gitCommand(words) === "commit") ? "commit" : "another";
}

async function opened(context: Context, document: SealedDocument): Promise<Bytes> {
  const { groups } = document.metadata;
  try {
    const engine = engineOf(context.env);
    const services = await servicesFor(context, groups, engine);
    // Git's pager has the terminal, so nobody is asked for a passphrase.
    const { identities } = engine === "binary"
      ? { identities: [] }
      : await loadIdentities({ env: context.env, recipients: document.recipients });
    context.narrow(["env", ...forOpening({ asks: false, services: services.length > 0 })]);
    try {
      const { tree } = await document.open(identities, services);
      return await emitPlain(tree, document.format);
    } finally {
      for (const service of services) await service.close?.();
    }
  } catch (error) {
    const { message } = await explain(error);
    const [first = ""] = message.split("\n");
    return await withoutValues(document, first.replace(/^Cannot (open|trust) the file: /, ""));
  }
}

async function withoutValues(document: SealedDocument, why: string): Promise<Bytes> {
  const text = await redacted(document);
  return joined(new TextEncoder().encode(`# values are not shown: ${why}\n`), text);
}

/** Who can read the file and what of it is encrypted: a change of these is a change, too. */
function audienceText({ groups, shamirThreshold, selector, macOnlyEncrypted }: Metadata): Bytes {
  const several = groups.length > 1;
  const lines = [
    ...groups.flatMap((group, index) =>
      group.map((key) => `# encrypted for ${keyName(key)}${several ? ` (group ${index + 1})` : ""}`)
    ),
    ...(several
      ? [`# ${shamirThreshold ?? groups.length} of ${groups.length} groups open it`]
      : []),
    `# ${selector.rule}: ${selector.text}`,
    ...(macOnlyEncrypted ? ["# mac_only_encrypted"] : []),
  ];
  return new TextEncoder().encode(`\n${lines.join("\n")}\n`);
}

function joined(first: Uint8Array, second: Uint8Array): Bytes {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
