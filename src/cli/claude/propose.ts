import {
  type Configuration,
  planConfigure,
  planRemoval,
  type Remark,
} from "../../claude/configure.ts";
import { settingsPlaces, type Surroundings } from "../../claude/places.ts";
import { findPlaintextKeys } from "../../claude/plaintext.ts";
import { readLayer } from "../../claude/settings.ts";
import { shellQuote } from "../../platform/command_line.ts";
import type { Secret } from "../../sops/secret.ts";
import {
  checkProfileName,
  profile as profileOf,
  type ProfileView,
} from "../../store/credentials.ts";
import type { Context } from "../command.ts";
import { RefusedError, UsageError } from "../errors.ts";
import { openForReading } from "../open.ts";
import { shortPath } from "../shown_path.ts";
import type { ChangeableFile } from "./files.ts";
import { type ConfigureFlags, scopeOf } from "./flags.ts";
import { type Deviation, deviations } from "./outcome.ts";
import { ownDenyRules, wishesFor } from "./wishes.ts";

/** What is going to be written, and what there is to say of it. */
export interface Proposal {
  readonly files: readonly ChangeableFile[];
  readonly configuration: Configuration;
  readonly deviations: readonly Deviation[];
  /** Values that must not be seen. */
  readonly known: readonly Secret[];
  /** Whom Claude Code uses afterwards, for messages. */
  readonly goal: string;
}

/**
 * What is to be written so that Claude Code uses a profile of the secrets file, which is opened.
 *
 * @throws {UsageError | RefusedError | SecretsFileError | SettingsSyntaxError | SettingsShapeError}
 */
export async function proposal(
  context: Context,
  flags: ConfigureFlags,
  files: readonly ChangeableFile[],
): Promise<Proposal> {
  const scope = scopeOf(flags);
  if (!files.some((file) => file.scope === scope)) {
    throw new UsageError(
      scope === "project"
        ? "In the home folder the project's settings are the user's"
        : "Cannot tell where the user's settings are: HOME is not set",
      undefined,
      "no_such_settings",
    );
  }
  checkProfileName(flags.profile);
  if (flags.region !== undefined && !/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(flags.region)) {
    throw new UsageError(
      `"${flags.region}" is no AWS region`,
      "--region us-east-1",
      "region_shape",
    );
  }
  const open = await openForReading(context, {
    ...(flags.file === undefined ? {} : { file: flags.file }),
    ...(flags.engine === undefined ? {} : { engine: flags.engine }),
    keeps: ["read", "write"],
  });
  const profile = profileOf(open.document, flags.profile);
  refuseApiKey(profile, flags);
  const known = [...open.document.leaves()].filter(({ encrypted }) => encrypted)
    .map(({ value }) => value)
    .filter((value) => !isSetting(value.reveal(), profile));
  const kept = new Set([...open.document.leaves()].map(({ value }) => value.reveal()));
  const wishes = wishesFor(context, {
    file: open.path,
    found: flags.file === undefined && !context.env.CREDSMITH_FILE,
    profile: flags.profile,
    static: flags.static,
    ...profile,
    ...(flags.region === undefined ? {} : { region: flags.region }),
    ...(flags.model === undefined ? {} : { modelId: flags.model }),
    ...(flags.smallModel === undefined ? {} : { smallModelId: flags.smallModel }),
  }, scope === "project");
  const plan = (discard: boolean) =>
    planConfigure(files, wishes, {
      scope,
      keeps: (value) => kept.has(value.reveal()),
      discard,
    });
  const configuration = await settleUnkept(context, flags, plan, open.shown);
  return {
    files,
    configuration: {
      ...configuration,
      remarks: [...configuration.remarks, ...managedRemarks(context)],
    },
    known,
    goal: `${flags.profile} of ${open.shown}`,
    deviations: deviations(context, files, configuration, wishes),
  };
}

/** Claude Code's export command gives AWS keys alone, and an API key it reads of its environment. */
function refuseApiKey(profile: ProfileView, { file, profile: name }: ConfigureFlags): void {
  if (!profile.bedrockApiKey || profile.roleArn || profile.source) return;
  const words = [...(file ? ["-f", shellQuote(file)] : []), ...(name === "default" ? [] : [name])];
  throw new RefusedError(
    `Cannot configure Claude Code for profile "${name}": it is a Bedrock API key, and ` +
      "awsCredentialExport can give AWS keys alone",
    `credsmith ${["exec", ...words].join(" ")} -- claude\n` +
      "or source a loader (credsmith unlock) before Claude Code is started",
    "api_key_not_exportable",
  );
}

/** What there is to say of settings that somebody else manages: they are read, never written. */
export function managedRemarks(surroundings: Surroundings): Remark[] {
  const managed = settingsPlaces(surroundings).filter(({ scope }) => scope === "managed")
    .map(readLayer).filter((layer) => layer !== undefined);
  return [
    ...managed.map(({ path }): Remark => ({ kind: "managed", file: path })),
    ...findPlaintextKeys(managed).flatMap((record) =>
      [record.secretAccessKey, record.sessionToken, ...record.tokens.values()]
        .filter((at) => at !== undefined)
        .map((at): Remark => ({ kind: "kept credential", name: String(at.path.at(-1)), at }))
    ),
  ];
}

/** Whether a value of the secrets file is one that settings show openly. */
function isSetting(
  value: string,
  profile: ProfileView,
): boolean {
  const { accessKeyId, region, modelId, smallModelId, endpoint } = profile;
  return [accessKeyId, region, modelId, smallModelId, endpoint].includes(value);
}

/** Credentials that nothing else keeps: the person decides, and without one they are refused. */
async function settleUnkept(
  context: Context,
  flags: ConfigureFlags,
  plan: (discard: boolean) => Configuration,
  shown: string,
): Promise<Configuration> {
  const configuration = plan(flags.discard);
  const [first, ...more] = configuration.unkept;
  if (first === undefined) return configuration;
  const places = [first, ...more].map(({ name, at }) =>
    `${shortPath(at.file, context)}:${at.line} env.${name}`
  );
  const refusal = new RefusedError(
    [`Cannot take out ${first.name}: "${shown}" does not keep it`, ...places.map((p) => `  ${p}`)]
      .join("\n"),
    first.name === "AWS_BEARER_TOKEN_BEDROCK"
      ? "keep it somewhere and remove it, or add --discard"
      : "credsmith init or credsmith set takes it into the file; --discard throws it away",
    "would_lose_secrets",
  );
  if (flags.dryRun || flags.yes || flags.json || !context.terminal.interactive) throw refusal;
  const { systemPrompts } = await import("../prompts/system.ts");
  places.forEach((place) => context.terminal.note(`"${shown}" does not keep ${place}`));
  if (!await systemPrompts(context.env).confirm("Throw that away?", false)) throw refusal;
  return plan(true);
}

/** What is to be taken out again. */
export function proposedRemoval(
  context: Context,
  flags: ConfigureFlags,
  files: readonly ChangeableFile[],
): Proposal {
  const named = flags.user || flags.project || flags.local;
  const scope = scopeOf(flags);
  return {
    files,
    configuration: planRemoval(
      files.filter((file) => !named || file.scope === scope),
      ownDenyRules(context.env),
    ),
    known: [],
    goal: "",
    deviations: [],
  };
}
