import type { OpenDocument } from "../../sops/document.ts";
import type { Context } from "../command.ts";
import { RefusedError, UsageError } from "../errors.ts";
import { identitiesOf } from "../open.ts";
import { chooseSource, distinctKeys } from "./choose.ts";
import { type Found, isBedrockModel, type Source } from "./find.ts";
import { keyInFile } from "./key_in_file.ts";
import type { InitFlags } from "./options.ts";
import { type Proof, prove } from "./prove.ts";
import { type Audience, decideAudience } from "./recipients.ts";
import { type CleanUp, planCleanUp } from "./remove.ts";
import { sameKey } from "./static_key.ts";
import type { Talk } from "./talk.ts";
import type { Target } from "./target.ts";
import { type Contents, isKey, prepareSecrets } from "./write.ts";

/** Everything that was decided; nothing has been written yet. */
export interface Plan {
  readonly target: Target;
  readonly source: Source;
  readonly region: string;
  readonly proof: Proof;
  /** Absent where the secrets file is there already, with this very key. */
  readonly writing?: Writing;
  readonly cleanUp: CleanUp;
}

/** What is to be written, and for whom. */
export interface Writing {
  readonly audience: Audience;
  readonly contents: Contents;
  readonly document: OpenDocument;
}

/**
 * Asks and checks everything that has to be known before the first byte is written.
 *
 * @param fresh whether the secrets file is still to be made
 * @throws {ProofError} when AWS does not take the key
 * @throws {UsageError | RefusedError} and what `decideAudience` and `prepareSecrets` throw
 */
export async function decide(
  context: Context,
  flags: InitFlags,
  talk: Talk,
  found: Found,
  target: Target,
  source: Source,
  fresh: boolean,
): Promise<Plan> {
  const { env } = context;
  const region = flags.region ?? source.key.region ?? (env.AWS_REGION ||
    env.AWS_DEFAULT_REGION || "us-east-1");
  if (!/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region)) {
    throw new UsageError(`"${region}" is no AWS region`, "--region us-east-1", "region_shape");
  }
  if (flags.model !== undefined && !isBedrockModel(flags.model)) {
    throw new UsageError(
      `"${flags.model}" is no model id of Bedrock`,
      "--model us.anthropic.claude-opus-5",
      "model_shape",
    );
  }
  const proof = await prove(context, flags, source, region);
  talk.say(
    proof.kind === "proved"
      ? `  works: ${proof.name}, account ${proof.account}, ${region}`
      : `  not proved (--offline), ${region}`,
  );
  const writing = fresh
    ? await decideWriting(context, flags, talk, target, source, { region, proof })
    : undefined;
  const cleanUp = await planCleanUp(context, flags, talk, { found, source, target, region });
  return { target, source, region, proof, ...(writing ? { writing } : {}), cleanUp };
}

async function decideWriting(
  context: Context,
  flags: InitFlags,
  talk: Talk,
  target: Target,
  source: Source,
  { region, proof }: { readonly region: string; readonly proof: Proof },
): Promise<Writing> {
  const audience = await decideAudience(context, flags, target, talk);
  const contents: Contents = {
    profile: flags.profile,
    key: { ...source.key, ...(flags.model ? { modelId: flags.model } : {}) },
    region,
    ...(proof.kind === "proved" && proof.created ? { created: proof.created } : {}),
    recipients: audience.recipients.map(({ recipient }) => recipient),
    ...(target.rule ? { rule: target.rule } : {}),
    ...(target.rules ? { rules: target.rules } : {}),
  };
  return { audience, contents, document: await prepareSecrets(target, contents) };
}

/** What does not stand beside the key may stand beside another copy of it. */
export function enriched(source: Source, found: Found): Source {
  const copies = found.sources.filter(({ key }) => sameKey(key, source.key));
  const key = copies.reduce((all, copy) => ({ ...copy.key, ...all }), source.key);
  return { ...source, key };
}

/**
 * What is left to do about a secrets file that is there, which is never written over. One that
 * holds a key which still lies in plaintext, or is given again, is that of a run that was cut off:
 * it goes on after the encryption.
 *
 * @returns the key's place, or `nothing left` where no key lies in plaintext at all
 * @throws {RefusedError} when it is another key that is to be encrypted
 * @throws {SecretsFileError} when the file does not open
 */
export async function unfinishedRun(
  context: Context,
  flags: InitFlags,
  target: Target,
  found: Found,
  talk: Talk,
): Promise<Source | "nothing left"> {
  const key = await keyInFile(
    target,
    flags.profile,
    (recipients) => identitiesOf(context, recipients),
  );
  const left = found.sources.filter((source) => isKey(key, source.key));
  const first = left.find(({ flag }) => flag === flags.from) ?? left[0];
  if (first) return first;
  if (flags.from !== undefined && /^(stdin|-|ask|csv:.*)$/.test(flags.from)) {
    const source = await chooseSource(context, flags, found, talk);
    if (source && isKey(key, source.key)) return source;
  } else if (key?.secretAccessKey && distinctKeys(found).length === 0) {
    return "nothing left";
  }
  throw new RefusedError(
    `"${target.shown}" is there already, and init never writes over a secrets file`,
    "credsmith set changes a value in it; -f names another file",
    "file_exists",
  );
}

/**
 * Without a terminal nobody can be asked, so what would be asked has to be said by flags.
 *
 * @throws {UsageError} that names every flag that is missing
 */
export function demandFlags(
  flags: InitFlags,
  target: Target,
  found: Found,
  unfinished: Source | undefined,
): void {
  const missing: string[] = [];
  const sole = flags.yes && distinctKeys(found).length === 1;
  if (!unfinished && flags.from === undefined && !sole) missing.push("--from SOURCE");
  if (flags.from === "none") return;
  if (!unfinished && !target.rule) {
    if (flags.recoveryFile === undefined && flags.recovery !== false) {
      missing.push("--recovery-file FILE (or --no-recovery)");
    }
    if (flags.hostKey === undefined && !flags.yes) missing.push("--host-key (or --no-host-key)");
  }
  if (flags.claude === undefined && !flags.yes) missing.push("--claude (or --no-claude)");
  if (missing.length === 0) return;
  throw new UsageError(
    `Nobody can be asked, because there is no terminal: ${missing[0]} is missing`,
    missing.length > 1 ? `and so are\n${missing.slice(1).join("\n")}` : undefined,
    "flag_missing",
  );
}
