import type { Manifest } from "../../loader/manifest.ts";
import { profileOfSecretFiles } from "../../loader/secret_files.ts";
import type { Context } from "../command.ts";
import type { Check } from "./check.ts";
import { failedCheck } from "./failed.ts";
import { aroundProfile, askAws, type OnlineFlags } from "./online.ts";
import { Report, type Subject } from "./report.ts";

/** What was found about one profile. */
export interface Findings {
  readonly subject: Subject;
  readonly checks: readonly Check[];
  /** What Bedrock is asked for, where it is known. */
  readonly model?: string;
}

/**
 * Checks what the loader of a manifest would load: the secret files as they are on this machine,
 * and what AWS says of them. No identity is needed, and Claude Code is not looked at.
 */
export async function manifestFindings(
  context: Context,
  flags: OnlineFlags,
  manifest: Manifest,
  name: string,
): Promise<Findings> {
  const file = manifest.directory;
  try {
    const profile = profileOfSecretFiles(manifest, name);
    const around = aroundProfile(context, flags, profile);
    const { region, notes } = around;
    const checks: Check[] = [
      { name: "file", status: "ok", text: `secret files in ${file}` },
      ...notes,
      ...await withHistory(
        await askAws(context, { ...flags, json: true }, profile, around),
        manifest.profiles[name]?.files.AWS_ACCESS_KEY_ID,
      ),
    ];
    const model = profile.modelId;
    return { subject: { profile: name, file, region }, checks, ...(model ? { model } : {}) };
  } catch (error) {
    const rest = ["clock", "identity", "models", "answer"];
    return {
      subject: { profile: name, file },
      checks: [
        await failedCheck("file", error),
        ...rest.map((each): Check => ({ name: each, status: "skip" })),
      ],
    };
  }
}

/** Where AWS does not know the key: whether an older system has brought it back. */
async function withHistory(checks: readonly Check[], secret = ""): Promise<readonly Check[]> {
  if (!checks.some(({ cause }) => cause === "key_unknown")) return checks;
  const [{ readSystems }, { rollbackOf }, { withRollback }] = await Promise.all([
    import("../../nixos/systems.ts"),
    import("../../nixos/rollback.ts"),
    import("./rollback.ts"),
  ]);
  const rollback = rollbackOf(await readSystems(secret));
  return rollback ? withRollback(checks, rollback) : checks;
}

/** @returns the exit code */
export async function verifyManifest(
  context: Context,
  flags: OnlineFlags & { readonly manifest: string },
  name: string,
): Promise<number> {
  context.narrow(["read", "env", "net", "sys"]);
  const { subject, checks } = await manifestFindings(
    context,
    flags,
    await readManifest(flags.manifest),
    name,
  );
  const report = new Report(context.terminal, flags.json, subject);
  report.add(...checks);
  return report.end("Ready: source the loader");
}

export async function readManifest(path: string): Promise<Manifest> {
  const [{ readFile }, { parseManifest }] = await Promise.all([
    import("../../platform/files.ts"),
    import("../../loader/manifest.ts"),
  ]);
  return parseManifest(readFile(path).bytes);
}
