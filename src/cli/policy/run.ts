import { limits, policyFor, sizeOf, split } from "../../aws/policy/build.ts";
import { formatted, type Titled } from "../../aws/policy/forms.ts";
import { type Demands, needsOf } from "../../aws/policy/needs.ts";
import { policyJson } from "../../aws/policy/document.ts";
import { profile as profileOf, profilesOf } from "../../store/credentials.ts";
import { linkFor } from "../aws_link.ts";
import type { Context } from "../command.ts";
import { UsageError } from "../errors.ts";
import { explain } from "../faults.ts";
import { givingPermissions } from "../given.ts";
import { openForReading } from "../open.ts";
import { word } from "../verify/remedies.ts";
import { showWaiting } from "../verify/report.ts";
import { wrapped } from "../wrap.ts";
import { check } from "./check.ts";
import type { PolicyFlags } from "./options.ts";
import { gather, type Holding } from "./uses.ts";

/**
 * Writes the policies that a secrets file's profiles need, or compares them with what is attached.
 *
 * @param names all profiles where none is named
 * @returns the exit code
 */
export async function policy(
  context: Context,
  flags: PolicyFlags,
  names: readonly string[],
): Promise<number> {
  const open = await openForReading(context, {
    ...(flags.file === undefined ? {} : { file: flags.file }),
    ...(flags.engine === undefined ? {} : { engine: flags.engine }),
    keeps: givingPermissions,
  });
  const profiles = profilesOf(open.document);
  const chosen = names.length ? [...new Set(names)] : [...profiles.keys()];
  // Says which there are.
  for (const name of chosen) profileOf(open.document, name);
  if (chosen.length === 0) profileOf(open.document);
  const links = new Map<string, ReturnType<typeof linkFor>>();
  const link = (name: string) => {
    const known = links.get(name) ?? linkFor(context, open, name, flags);
    links.set(name, known);
    return known;
  };
  // A device's code is asked for before anything else is shown; what fails is told by who needs it.
  for (const name of chosen) await link(name).catch(() => {});
  const done = flags.offline ? () => {} : showWaiting(context.terminal, flags.json, "asking AWS");
  const gathered = await gather(
    profiles,
    chosen,
    open.document.metadata.groups,
    { ...flags, looks: flags.models },
    {
      link,
      offline: (name) => linkFor(context, open, name, { ...flags, offline: true }),
      explain: async (error) => (await explain(error)).message,
      word: (diagnosis, { remedies }) => word(diagnosis, remedies).text,
    },
  ).finally(done);
  const demands = demandsOf(flags);
  if (flags.check) return await check(context, flags, open, gathered, demands);
  return write(context, flags, gathered.holdings, demands, gathered.notes);
}

function demandsOf({ sourceVpce, mfa, expires }: PolicyFlags): Demands {
  return { ...(sourceVpce ? { sourceVpce } : {}), mfa, ...(expires ? { expires } : {}) };
}

function write(
  { terminal }: Context,
  flags: PolicyFlags,
  holdings: readonly Holding[],
  demands: Demands,
  notes: readonly string[],
): number {
  const written = holdings.flatMap((holding) => documentsOf(holding, demands));
  if (written.length === 0) {
    throw new UsageError(
      "There is nothing to allow: no profile pins a model or has a key to rotate",
      "credsmith models pin MODEL",
      "nothing_to_allow",
    );
  }
  const all = [...notes, ...warnings(flags, holdings), ...written.flatMap(sizeNotes)];
  const titled = unique(written);
  if (flags.json) {
    terminal.line(JSON.stringify({
      version: 1,
      ok: true,
      policies: titled.map(({ name, policy, holding, size }) => ({
        name,
        holder: holding.holder,
        profiles: holding.profiles,
        size,
        document: policyJson(policy),
      })),
      ...(flags.format && flags.format !== "json" ? { text: formatted(titled, flags.format) } : {}),
      limits,
      notes: all,
    }));
    return 0;
  }
  terminal.line(formatted(titled, flags.format ?? "json").trimEnd());
  for (const line of all.flatMap((each) => wrapped(each))) terminal.note(line);
  return 0;
}

interface Written extends Titled {
  readonly holding: Holding;
  readonly size: number;
  /** How many the holder gets. */
  readonly count: number;
}

function documentsOf(holding: Holding, demands: Demands): Written[] {
  const { holder, profiles, uses } = holding;
  // Whether a role's session was begun with a device, its own requests do not say.
  const policy = policyFor(
    needsOf(uses, holder.kind === "role" ? { ...demands, mfa: false } : demands),
  );
  if (policy.statements.length === 0) return [];
  const parts = split(policy);
  // Who a key is of is not known where nobody was asked.
  const called = holder.arn ?? profiles[0] ?? "opener";
  const base = `credsmith-${called.toLowerCase().replace(/^.*\//, "")}`
    .replaceAll(/[^a-z0-9]+/g, "-").replace(/-$/, "");
  const of = profiles.length ? `, profile ${profiles.join(", ")}` : "";
  return parts.map((part, index) => ({
    name: parts.length > 1 ? `${base}-${index + 1}` : base,
    about: `${holder.name}${of}`,
    policy: part,
    holding,
    size: sizeOf(part),
    count: parts.length,
  }));
}

/** Names that are there once: a user and a role may be called the same. */
function unique(written: readonly Written[]): Written[] {
  const seen = new Map<string, number>();
  return written.map((each) => {
    const count = (seen.get(each.name) ?? 0) + 1;
    seen.set(each.name, count);
    return count === 1 ? each : { ...each, name: `${each.name}-${each.holding.holder.kind}` };
  });
}

function sizeNotes({ name, size, count, holding }: Written): string[] {
  const { kind } = holding.holder;
  const inline = kind === "role" || kind === "ambient" ? limits.inlineRole : limits.inlineUser;
  const number = (value: number) => value.toLocaleString("en");
  const of = `${name}: ${number(size)} characters`;
  if (count > 1) {
    return [
      `${of}, one of ${count}: a managed policy holds ${number(limits.managed)}` +
      (count > limits.attached ? `, and no more than ${limits.attached} can be attached` : ""),
    ];
  }
  if (size <= inline) return [];
  return [
    `${of}, too long to be inline (${number(inline)}): make it a managed policy (${
      number(limits.managed)
    })`,
  ];
}

function warnings(flags: PolicyFlags, holdings: readonly Holding[]): string[] {
  const { mfa, sourceVpce, expires } = flags;
  const keys = holdings.filter(({ holder }) => holder.kind === "user" || holder.kind === "api key");
  const rotates = holdings.some(({ uses }) => uses.rotates);
  const roles = holdings.some(({ holder }) => holder.kind === "role");
  return [
    ...(mfa && keys.length
      ? [
        "--mfa: a key by itself and a session made without a code are refused; set mfa_serial, and " +
        "sign in with credsmith login",
      ]
      : []),
    ...(mfa && keys.some(({ holder }) => holder.kind === "api key")
      ? ["--mfa: a Bedrock API key never has a code, and is always refused"]
      : []),
    ...(mfa && rotates
      ? ["--mfa: not on rotation, which signs with the key itself; --no-rotation leaves that out"]
      : []),
    ...(mfa && roles
      ? ["--mfa: not on a role's own requests; let its trust policy demand the code"]
      : []),
    ...(sourceVpce
      ? ["--source-vpce: on Bedrock only; STS, IAM and KMS may be asked another way"]
      : []),
    ...(expires
      ? [
        "--expires: sessions that were given out before are refused from then on too, and so is " +
        "rotation",
      ]
      : []),
  ];
}
