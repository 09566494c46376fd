import type { AwsConfig } from "../../aws/config_file.ts";
import { chooseEndpoints, type Endpoints } from "../../aws/endpoints.ts";
import { askAboutKeys, type Finding, type Question, type Requests } from "../../status/ask.ts";
import type { ProfileView } from "../../store/credentials.ts";
import type { Context } from "../command.ts";
import { type RemedyContext, withoutUser, word } from "../verify/remedies.ts";
import { proxyOf, regionOf, remedyContext } from "../verify/surroundings.ts";
import type { Entry } from "./entries.ts";
import type { FileView } from "./gather.ts";
import type { KeyDatesFile } from "./key_dates.ts";
import type { Row, Trouble } from "./report.ts";

/** An entry with its file, and what AWS said. */
export interface Asked {
  readonly file: FileView;
  readonly entry: Entry;
  finding?: Finding;
}

/** How AWS is asked, and by what. */
export interface Way {
  readonly endpoints: Endpoints;
  /** Where IAM is, if it is not AWS's own, which is another IAM. */
  readonly iam: string | undefined;
  /** Seconds for all of it. */
  readonly timeout: number;
  readonly proxy: Readonly<Record<string, string>> | undefined;
  regionOf(view: ProfileView): string;
  /** What remedies name. */
  remedies(file: FileView, view: ProfileView): RemedyContext;
}

/** @param timeout seconds */
export function wayTo(
  { env }: Context,
  config: AwsConfig | undefined,
  timeout: number,
): Way {
  const endpoints = chooseEndpoints({ env, ...(config ? { config } : {}) });
  const iam = endpoints.iam && withoutUser(endpoints.iam.url);
  const regionFor = (view: ProfileView) => regionOf(view, env, config).region;
  return {
    endpoints,
    iam,
    timeout,
    proxy: proxyOf(env),
    regionOf: regionFor,
    remedies: ({ flag }, view) =>
      remedyContext(
        view,
        regionFor(view),
        endpoints,
        { timeout, ...(flag === undefined ? {} : { file: flag }) },
        env,
      ),
  };
}

/** What is wrong with a credential, in words. */
export function faultOf(
  way: Way,
  file: FileView,
  { view, fault }: Entry,
  finding: Finding | undefined,
): Pick<Row, "fault"> {
  if (fault) return { fault };
  if (!finding?.refused) return {};
  const { text, fix } = word(finding.refused, way.remedies(file, view));
  return { fault: { message: text, hint: fix.text } };
}

/** Why AWS did not say, each reason once. */
export function troubleOf(way: Way, asked: readonly Asked[]): Trouble[] {
  const found = new Map<string, Trouble & { profiles: string[] }>();
  for (const { file, entry, finding } of asked) {
    if (!finding?.because) continue;
    const { text, fix } = word(finding.because, way.remedies(file, entry.view));
    const trouble = found.get(text) ??
      { cause: finding.because.cause, message: text, fix: fix.text, profiles: [] };
    trouble.profiles.push(entry.view.name);
    found.set(text, trouble);
  }
  return [...found.values()];
}

/** Asks AWS about every key that may be asked with, each once. */
export async function askAws(
  { endpoints, timeout, proxy, regionOf }: Way,
  asked: readonly Asked[],
  dates: KeyDatesFile,
  { now, load = loadRequests }: {
    readonly now: () => Temporal.Instant;
    readonly load?: () => Promise<Requests>;
  },
): Promise<void> {
  const groups = [
    ...Map.groupBy(
      asked.filter(({ entry, finding }) => entry.mayAsk && finding === undefined),
      ({ entry: { view } }) =>
        JSON.stringify([
          view.accessKeyId,
          view.secretAccessKey?.reveal(),
          view.sessionToken?.reveal(),
          regionOf(view),
        ]),
    ).values(),
  ];
  if (groups.length === 0) return;
  const limit = new AbortController();
  const milliseconds = timeout * 1000;
  const timer = setTimeout(() => limit.abort(), milliseconds);
  const questions = groups.map(([first]): Question => {
    const { view } = first!.entry;
    const { accessKeyId, secretAccessKey, sessionToken } = view;
    return {
      connection: {
        region: regionOf(view),
        endpoints,
        credentials: {
          accessKeyId: accessKeyId!,
          secretAccessKey: secretAccessKey!,
          ...(sessionToken ? { sessionToken } : {}),
        },
        limits: { connect: milliseconds, request: milliseconds },
        signal: limit.signal,
        now,
        ...(proxy ? { proxy } : {}),
      },
      dated: dates.get(accessKeyId!) !== undefined,
    };
  });
  try {
    await askAboutKeys(questions, await load(), (index, finding) => {
      for (const each of groups[index]!) each.finding = finding;
      if (finding.created) {
        dates.put(questions[index]!.connection.credentials.accessKeyId, finding.created);
      }
    });
  } finally {
    clearTimeout(timer);
  }
}

async function loadRequests(): Promise<Requests> {
  const [sts, iam] = await Promise.all([import("../../aws/sts.ts"), import("../../aws/iam.ts")]);
  return { ...sts, ...iam };
}
