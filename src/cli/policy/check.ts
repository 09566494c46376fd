import { accountOf } from "../../aws/arn.ts";
import type { Connection } from "../../aws/clients.ts";
import { diagnose } from "../../aws/diagnose.ts";
import { readAttached } from "../../aws/policy/attached.ts";
import { compare, type Comparison, type Excess, type Missing } from "../../aws/policy/compare.ts";
import { type Demands, needsOf } from "../../aws/policy/needs.ts";
import { patiently } from "../../aws/reading.ts";
import { now } from "../../platform/clock.ts";
import { AskingError, linkFor, patience } from "../aws_link.ts";
import type { Context } from "../command.ts";
import { UsageError } from "../errors.ts";
import { exitCodes } from "../exit_codes.ts";
import type { OpenForReading } from "../open.ts";
import { word } from "../verify/remedies.ts";
import { wrapped } from "../wrap.ts";
import type { PolicyFlags } from "./options.ts";
import type { Gathered, Holding } from "./uses.ts";

/** What came of one holder. */
interface Checked {
  readonly holding: Holding;
  /** Nothing where nobody could be asked. */
  readonly comparison?: Comparison;
  /** `the groups of user/claude-dev: No policy of … allows iam:ListGroupsForUser` */
  readonly unknown: readonly string[];
}

/**
 * Compares what is attached with what is needed.
 *
 * @returns 0 where they are the same, else 9
 */
export async function check(
  context: Context,
  flags: PolicyFlags,
  open: OpenForReading,
  { holdings, notes }: Gathered,
  demands: Demands,
): Promise<number> {
  const admin = flags.using === undefined
    ? undefined
    : await adminOf(context, flags, open, flags.using);
  const checked: Checked[] = [];
  for (const holding of holdings) {
    checked.push(await checkOne(context, flags, open, holding, demands, admin));
  }
  const exit = checked.every(isRight) ? exitCodes.done : exitCodes.partial;
  if (flags.json) {
    context.terminal.line(JSON.stringify({
      version: 1,
      ok: exit === exitCodes.done,
      exit,
      ...(exit ? { cause: checked.some(differs) ? "policy_differs" : "policy_not_known" } : {}),
      holders: checked.map(({ holding, comparison, unknown }) => ({
        holder: holding.holder,
        profiles: holding.profiles,
        missing: comparison?.missing ?? null,
        excess: comparison?.excess ?? null,
        unknown,
      })),
      notes,
    }));
    return exit;
  }
  for (const each of checked) show(context, each);
  const line = closing(flags, checked, open.shown);
  context.terminal.line(line);
  for (const each of notes.flatMap((note) => wrapped(note))) context.terminal.note(each);
  return exit;
}

/** Who reads in place of the holder, and in which account. */
interface Admin {
  readonly connection: Connection;
  readonly account: string;
}

async function adminOf(
  context: Context,
  flags: PolicyFlags,
  open: OpenForReading,
  name: string,
): Promise<Admin> {
  const { connection, around } = await linkFor(context, open, name, flags);
  if (connection === undefined) {
    throw new UsageError(
      `Cannot read IAM with profile "${name}": a Bedrock API key is all that it has`,
      "name a profile with a key or a role",
      "api_key_only",
    );
  }
  const { callerIdentity } = await import("../../aws/sts.ts");
  const answer = await patiently(() => callerIdentity(connection), patience);
  if (!answer.ok) throw new AskingError(name, diagnose(answer.failure), around);
  return { connection, account: answer.value.account };
}

const certain: ReadonlySet<Missing["why"]> = new Set(["denied", "outside boundary", "not allowed"]);

function isRight({ comparison, unknown }: Checked): boolean {
  return comparison !== undefined && unknown.length === 0 &&
    comparison.missing.length + comparison.excess.length === 0;
}

function differs({ comparison }: Checked): boolean {
  return comparison !== undefined &&
    (comparison.excess.length > 0 || comparison.missing.some(({ why }) => certain.has(why)));
}

async function checkOne(
  context: Context,
  flags: PolicyFlags,
  open: OpenForReading,
  holding: Holding,
  demands: Demands,
  admin: Admin | undefined,
): Promise<Checked> {
  const { holder, profiles, uses } = holding;
  const principal = principalOf(holder.arn);
  const connection = admin?.connection ?? holding.connection;
  // A user of the same name may be in the other account.
  if (admin && principal && accountOf(holder.arn!) !== admin.account) {
    const unknown = `What is attached to ${holder.name}: profile "${flags.using}" is of ` +
      `another account, ${admin.account}`;
    return { holding, unknown: [unknown] };
  }
  if (principal === undefined || connection === undefined) {
    const why = holder.kind === "user" || holder.kind === "role"
      ? "AWS was not asked"
      : "who that is, the file does not say";
    return { holding, unknown: [`What is attached to ${holder.name}: ${why}`] };
  }
  const requests = await import("../../aws/iam_policies.ts");
  const attached = await readAttached(requests, connection, principal, patience);
  const name = flags.using ?? profiles[0];
  const { around } = await linkFor(context, open, name!, flags);
  const refused = attached.failures.find(({ diagnosis }) => diagnosis?.outcome === "credentials");
  if (refused?.diagnosis) throw new AskingError(name!, refused.diagnosis, around);
  const needs = needsOf(uses, holder.kind === "role" ? { ...demands, mfa: false } : demands);
  const at = now();
  const values = {
    ...(principal.kind === "user" ? { "aws:username": [principal.name] } : {}),
    "aws:PrincipalArn": [holder.arn!],
    "aws:PrincipalAccount": [accountOf(holder.arn!)!],
    "aws:CurrentTime": [at.toString({ smallestUnit: "second" })],
    "aws:EpochTime": [String(Math.floor(at.epochMilliseconds / 1000))],
    "aws:SecureTransport": ["true"],
    // What is demanded is taken to be so.
    ...(demands.sourceVpce ? { "aws:SourceVpce": [demands.sourceVpce] } : {}),
    ...(demands.mfa ? { "aws:MultiFactorAuthPresent": ["true"] } : {}),
  };
  return {
    holding,
    comparison: compare(needs, attached, { values }),
    unknown: attached.failures.map(({ what, diagnosis }) =>
      `${what}: ${diagnosis ? word(diagnosis, around.remedies).text : "it cannot be read"}`
    ),
  };
}

function principalOf(arn: string | undefined) {
  const [, kind, name] = arn?.match(/^arn:[^:]*:iam::\d{12}:(user|role)\/(?:.*\/)?([^/]+)$/) ?? [];
  return kind && name ? { kind: kind as "user" | "role", name } : undefined;
}

/** One holder in lines: what is missing, what is too much, what nobody could say. */
function show({ terminal }: Context, { holding, comparison, unknown }: Checked): void {
  const { holder, profiles } = holding;
  const of = profiles.length ? `, profile ${profiles.join(", ")}` : "";
  terminal.line(terminal.style("bold", `${holder.name}${of}`));
  const line = (label: string, text: string, style: "red" | "yellow" | "green" | "dim") => {
    const [first = "", ...rest] = wrapped(`${" ".repeat(13)}${text}`, terminal.columns);
    terminal.line(`  ${terminal.style(style, label.padEnd(11))}${first.slice(13)}`);
    for (const each of rest) terminal.line(each);
  };
  const { missing = [], excess = [] } = comparison ?? {};
  for (const each of inGroups(missing.filter(({ why }) => certain.has(why)))) {
    line("missing", missingText(each), "red");
  }
  for (const each of inGroups(missing.filter(({ why }) => why === "depends"))) {
    line("depends", missingText(each), "yellow");
  }
  for (const each of excess) line("too much", excessText(each), "red");
  for (const each of unknown) line("not known", each, "yellow");
  const open = missing.filter(({ why }) => /not known/.test(why));
  if (open.length) {
    const actions = [...new Set(open.map(({ action }) => action))].join(", ");
    line("not known", `whether these are allowed: ${actions}`, "yellow");
  }
  if (comparison && missing.length + excess.length + unknown.length === 0) {
    line("ok", "all that is needed, and nothing else", "green");
  }
}

const reasons: Readonly<Record<Missing["why"], string>> = {
  "denied": "denied by",
  "outside boundary": "left out by the permissions boundary",
  "not allowed": "",
  "depends": "only if the conditions hold of",
  "not known": "",
  "boundary not known": "",
};

/** Actions that are missing on the same resources for the same reason, as one. */
function inGroups(missing: readonly Missing[]): Missing[] {
  const groups = new Map<string, Missing>();
  for (const each of missing) {
    const { action, resources, why, by } = each;
    const name = JSON.stringify([resources, why, by]);
    const before = groups.get(name);
    groups.set(
      name,
      before ? { ...each, action: `${before.action}, ${action.replace(/^.*:/, "")}` } : each,
    );
  }
  return [...groups.values()];
}

function missingText({ action, resources, why, by }: Missing): string {
  const places = by.map(({ policy, sid }) => sid ? `${policy}, ${sid}` : policy).join("; ");
  const reason = [reasons[why], places].filter((part) => part).join(" ");
  return `${action} on ${resourcesText(resources)}${reason ? `: ${reason}` : ""}`;
}

function excessText({ policy, sid, statement, why, action, resources }: Excess): string {
  const where = `${policy}, ${sid ?? `statement ${statement}`}`;
  const what = why === "all but"
    ? `everything but ${action}`
    : why === "wider resource"
    ? `${action} beyond what is used, on ${resourcesText(resources)}`
    : why === "unconditional"
    ? `${action} without the conditions that are asked for, on ${resourcesText(resources)}`
    : why === "wider action"
    ? `${action} on ${resourcesText(resources)}, of which only some is used`
    : `${action} on ${resourcesText(resources)}`;
  return `${where}: ${what}`;
}

function resourcesText(resources: readonly string[]): string {
  const [first = "", ...more] = resources;
  return `${shortResource(first)}${more.length ? ` and ${more.length} more` : ""}`;
}

/** Without what goes without saying; `--json` has all of it. */
function shortResource(arn: string): string {
  const [, , , region, , ...rest] = arn.split(":");
  if (rest.length === 0) return arn;
  return `${rest.join(":")}${region ? ` (${region})` : ""}`;
}

function closing(
  flags: PolicyFlags,
  checked: readonly Checked[],
  shown: string,
): string {
  if (checked.every(isRight)) return `What is attached is what ${shown} needs`;
  if (checked.some(differs)) {
    const words = ["credsmith", "policy", ...(flags.file ? ["-f", flags.file] : [])];
    return `Not the same; what is needed: ${words.join(" ")}`;
  }
  return flags.using === undefined
    ? "Not all is known; a profile that may read IAM can look: --using PROFILE"
    : "Not all is known";
}
