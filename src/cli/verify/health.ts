import { now } from "../../platform/clock.ts";
import { readFile, replaceFile } from "../../platform/files.ts";
import { withDirectoryLock } from "../../platform/locks.ts";
import { join } from "../../platform/paths.ts";
import type { Context } from "../command.ts";
import { UsageError } from "../errors.ts";
import { exitCodes } from "../exit_codes.ts";
import { type Check, exitOf } from "./check.ts";
import { type Findings, manifestFindings, readManifest } from "./manifest.ts";
import type { OnlineFlags } from "./online.ts";
import { reportDocument } from "./report.ts";
import { type Lifecycle, type Rotation, type RotationLimits, rotationOf } from "./rotation.ts";

/** What a host has checked from time to time; Nix writes it. */
export interface HealthPlan {
  readonly version: 1;
  /** The manifest of the host's loader. */
  readonly manifest: string;
  readonly profiles: readonly string[];
  /** The folder in which the result is left. */
  readonly directory: string;
  readonly lifecycle: Readonly<Record<string, Lifecycle>>;
  readonly rotation: RotationLimits;
}

/**
 * How a profile is, in one word. `temporary`: the network, or throttling. `unproved`: nothing is
 * wrong, but this key may not ask about its models, and no model was invoked.
 */
export type HealthState = "ok" | "unproved" | "temporary" | "failed";

/** One profile of `health.json`. */
export interface ProfileHealth {
  readonly profile: string;
  readonly state: HealthState;
  readonly account?: string;
  readonly region?: string;
  readonly model?: string;
  readonly rotation?: Rotation;
  readonly report: ReturnType<typeof reportDocument>;
}

const resultMode = 0o644;

/**
 * Checks the profiles of a plan and leaves the result for everyone: `health.json`, and
 * `health.txt` with a line for each profile, its fields divided by tabs: profile, state, account,
 * rotation.
 *
 * @returns the exit code: that of the first profile that failed, else 7 where one could not be
 *   checked now
 */
export async function verifyHealth(
  context: Context,
  flags: OnlineFlags & { readonly health: string },
): Promise<number> {
  const { terminal } = context;
  context.narrow(["read", "write", "env", "net", "sys"]);
  const plan = parseHealthPlan(
    new TextDecoder().decode(readFile(flags.health).bytes),
    flags.health,
  );
  const manifest = await readManifest(plan.manifest);
  const checked = now();
  const profiles: ProfileHealth[] = [];
  for (const name of plan.profiles) {
    const findings = await manifestFindings(context, flags, manifest, name);
    const rotation = rotationOf(
      plan.lifecycle[name] ?? {},
      plan.rotation,
      checked.toZonedDateTimeISO("UTC").toPlainDate(),
    );
    const health = healthOf(findings, rotation);
    profiles.push(health);
    terminal.note(journalLine(health));
    if (rotation && rotation.state !== "fine") {
      terminal.note(`${name}: ${rotation.text}; replace the key, then the secrets file`);
    }
  }
  const { exit, cause } = worst(profiles);
  const document = {
    version: 1,
    checked: checked.toString({ smallestUnit: "second" }),
    ok: exit === 0,
    exit,
    cause,
    profiles,
  };
  const text = JSON.stringify(document);
  await withDirectoryLock(plan.directory, () => {
    leave(plan.directory, "health.json", `${text}\n`);
    leave(plan.directory, "health.txt", profiles.map(healthLine).join(""));
  });
  if (flags.json) terminal.line(text);
  return exit;
}

/** @throws {UsageError} */
function parseHealthPlan(text: string, path: string): HealthPlan {
  let plan: HealthPlan;
  try {
    plan = JSON.parse(text);
  } catch {
    throw new UsageError(`Cannot use "${path}": it is no JSON document`);
  }
  const { version, manifest, profiles, directory, lifecycle, rotation } = plan ?? {};
  const isPlan = version === 1 && typeof manifest === "string" && typeof directory === "string" &&
    Array.isArray(profiles) && profiles.every((each) => typeof each === "string") &&
    typeof lifecycle === "object" && typeof rotation?.remindAfterDays === "number" &&
    typeof rotation.maxAgeDays === "number";
  if (!isPlan) {
    throw new UsageError(
      `Cannot use "${path}": it is no plan of health checks, version 1`,
      "credsmith.health on NixOS writes one",
    );
  }
  return plan;
}

/** Findings in short; pure. */
function healthOf({ subject, checks, model }: Findings, rotation?: Rotation): ProfileHealth {
  const account = checks.find(({ name, status }) => name === "identity" && status === "ok")?.facts
    ?.account;
  return {
    profile: subject.profile,
    state: stateOf(checks),
    ...(typeof account === "string" ? { account } : {}),
    ...(subject.region ? { region: subject.region } : {}),
    ...(model ? { model } : {}),
    ...(rotation ? { rotation } : {}),
    report: reportDocument(subject, checks),
  };
}

function stateOf(checks: readonly Check[]): HealthState {
  const exit = exitOf(checks);
  if (exit === exitCodes.done) return "ok";
  if (checks.every(({ status }) => status !== "fail")) return "unproved";
  return exit === exitCodes.temporary ? "temporary" : "failed";
}

/** A line of `health.txt`. */
function healthLine({ profile, state, account, rotation }: ProfileHealth): string {
  return `${[profile, state, account ?? "", rotation?.text ?? ""].join("\t")}\n`;
}

/** A line of the journal: how the profile is, and if it is not well, why and what to do. */
function journalLine({ profile, state, account, region, report }: ProfileHealth): string {
  if (state === "ok") return [`${profile}: ok`, account, region].filter((part) => part).join(", ");
  const check = report.checks.find(({ status }) => status === "fail") ??
    report.checks.find(({ cause }) => cause === report.cause);
  const parts = [`${profile}: ${state}`, check?.text, check?.fix];
  return `${parts.filter((part) => part).join("; ")}${report.cause ? ` [${report.cause}]` : ""}`;
}

/** What decides the exit code: a failure before what is temporary; what is unproved does not. */
function worst(profiles: readonly ProfileHealth[]): { exit: number; cause: string | undefined } {
  const found = profiles.find(({ state }) => state === "failed") ??
    profiles.find(({ state }) => state === "temporary");
  return { exit: found?.report.exit ?? exitCodes.done, cause: found?.report.cause };
}

function leave(folder: string, name: string, text: string): void {
  replaceFile(join(folder, name), new TextEncoder().encode(text), { mode: resultMode });
}
