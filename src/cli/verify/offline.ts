import { chooseEndpoints } from "../../aws/endpoints.ts";
import { SourceError } from "../../aws/errors.ts";
import { sourceOf } from "../../aws/source.ts";
import type { OpenDocument } from "../../sops/document.ts";
import { pathText } from "../../sops/errors.ts";
import { profile as profileOf, profilesOf, type ProfileView } from "../../store/credentials.ts";
import { NoSecretsFileError, SecretsFileError } from "../../store/errors.ts";
import { findSecretsFile, type Found } from "../../store/find.ts";
import { readSealed } from "../../store/secrets_file.ts";
import type { Context } from "../command.ts";
import type { Engine } from "../engine.ts";
import { keptGiven } from "../given.ts";
import { openForReading } from "../open.ts";
import type { Check } from "./check.ts";
import { lookAtClaude } from "./claude_look.ts";
import { failedCheck } from "./failed.ts";
import {
  gitChecks,
  identityChecks,
  mergeChecks,
  plaintextChecks,
  ruleChecks,
} from "./file_checks.ts";
import { loaderChecks, loaderHere } from "./loader_checks.ts";
import { Report } from "./report.ts";
import { endpointNotes, readAwsConfig, regionOf, remedyContext } from "./surroundings.ts";

/**
 * What can be seen without the network: identity, rules, recipients, what lies around in
 * plaintext, secret files and loader, and what Claude Code's settings say.
 *
 * @returns the exit code
 */
export async function verifyOffline(
  context: Context,
  flags: {
    readonly engine?: Engine;
    readonly file?: string;
    readonly json: boolean;
    readonly timeout: number;
  },
  name: string,
): Promise<number> {
  const { env, cwd, terminal } = context;
  context.narrow(["read", "env", "run", "sys"]);
  const file = secretsFileOf(flags.file, { env, cwd });
  if (typeof file === "string") {
    const report = new Report(terminal, flags.json, { profile: name, file });
    report.add({ name: "file", status: "skip", text: "no secrets file here" });
    report.add(...loaderChecks(undefined, env, name));
    return report.end("Nothing wrong with the loader. In the repository, this looks at more");
  }
  const config = readAwsConfig(env);
  const report = new Report(terminal, flags.json, { profile: name, file: file.shown });
  const { document: sealed } = await readSealed(file.path, { shown: file.shown });

  let document: OpenDocument | undefined;
  try {
    const open = await openForReading(context, { ...flags, keeps: ["read", "env", "run", "sys"] });
    document = open.document;
    report.add({ name: "file", status: "ok", text: `${open.shown} opens` });
    report.add(...identityChecks(open.sources, env));
  } catch (error) {
    report.add(await failedCheck("file", error));
    const sources = error instanceof SecretsFileError ? error.sources : [];
    report.add(...identityChecks(sources, env));
  }
  report.add(...await ruleChecks(context, file, sealed.recipients));
  if (document) report.add(...plaintextChecks(document, file));
  report.add(...mergeChecks(sealed, file));
  report.add(...await gitChecks(file, env));
  report.add(...loaderChecks(file, env, name));
  if (document) {
    try {
      const profile = profileOf(document, name);
      const wrong = await sourceChecks(document, name);
      report.add(...wrong);
      const given = wrong.length || !hasSource(profile)
        ? undefined
        : await keptGiven(context, profilesOf(document), name);
      const { region, from = pathText(profile.paths.region) } = regionOf(profile, env, config);
      const endpoints = chooseEndpoints({
        env,
        ...(config ? { config } : {}),
        ...(profile.endpoint ? { profileEndpoint: profile.endpoint } : {}),
      });
      report.add({ name: "region", status: "ok", text: `${region} (${from})` });
      report.add(
        ...endpointNotes(endpoints, remedyContext(profile, region, endpoints, flags, env)),
      );
      report.add(
        ...lookAtClaude(context, {
          profile,
          ...(given ? { given } : {}),
          region,
          file: file.path,
          ...(config ? { config } : {}),
        }),
      );
    } catch (error) {
      report.add(await failedCheck("profile", error));
    }
  }
  return report.end("Nothing wrong here. With the network: credsmith verify");
}

/** A profile may be there for its region alone. */
function hasSource({ accessKeyId, secretAccessKey, roleArn }: ProfileView): boolean {
  return roleArn !== undefined || accessKeyId !== undefined && secretAccessKey !== undefined;
}

/** A source that cannot be followed; a profile without a key may be one for its region alone. */
async function sourceChecks(document: OpenDocument, name: string): Promise<Check[]> {
  try {
    sourceOf(profilesOf(document), name);
    return [];
  } catch (error) {
    return error instanceof SourceError ? [await failedCheck("source", error)] : [];
  }
}

/**
 * @returns the loader where no file is named and none is found: who uses a machine need not have
 *   the repository
 */
function secretsFileOf(
  flag: string | undefined,
  from: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Found | string {
  try {
    return findSecretsFile({ ...from, ...(flag === undefined ? {} : { flag }) });
  } catch (error) {
    const loader = error instanceof NoSecretsFileError && error.by === "search"
      ? loaderHere(from.env)
      : undefined;
    if (loader === undefined) throw error;
    return loader;
  }
}
