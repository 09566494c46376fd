/**
 * The stages in which a rotation is killed: how one gets there, what runs then, and how it is taken
 * to its end afterwards.
 */
import assert from "node:assert/strict";
import type { RotateFlags } from "../../src/cli/rotate/options.ts";
import type { Surroundings } from "../../src/cli/rotate/run.ts";
import { temporaryName } from "../../src/platform/files.ts";
import { randomBytes } from "../../src/platform/random.ts";
import type { Home, Result } from "../support/home.ts";
import { file, plainOf, rotateIn } from "./support.ts";

export interface Stage {
  readonly name: string;
  /** Runs that come before. */
  readonly before: readonly Partial<RotateFlags>[];
  /** The run that is killed. */
  readonly run: Partial<RotateFlags>;
  /** How one goes on after it. */
  readonly goOn: Partial<RotateFlags>;
  readonly end: "rotated" | "aborted";
}

const at0 = { quiet: 0, soak: 0 };
const start = { ...at0 };
const goOn = { continue: true, deployed: true };
const back = { abort: true, deployed: true };

export const stages: readonly Stage[] = [
  { name: "from intent to promotion", before: [], run: start, goOn, end: "rotated" },
  {
    name: "from deployment to deletion",
    before: [start],
    run: { ...goOn, revokeSessions: true },
    goOn,
    end: "rotated",
  },
  { name: "abort after promotion", before: [start], run: back, goOn: back, end: "aborted" },
  {
    name: "abort after deactivation",
    before: [{ quiet: 0, soak: 86400 }, goOn],
    run: back,
    goOn: back,
    end: "aborted",
  },
  {
    name: "the last part of an abort",
    before: [start, { abort: true }],
    run: goOn,
    goOn,
    end: "aborted",
  },
];

/** Nobody waits. */
export const atOnce: Surroundings = {
  now: () => Temporal.Now.instant(),
  sleep: () => Promise.resolve(),
  random: randomBytes,
};

/** A key as it is in AWS, by whatever means a test knows. */
export interface RealKey {
  readonly id: string;
  readonly secret: string;
  readonly active: boolean;
}

/** An AWS with one user, whose keys can be looked at from behind. */
export interface Cloud {
  readonly env: Readonly<Record<string, string>>;
  readonly oldId: string;
  keys(): Promise<readonly RealKey[]>;
}

export async function prepare(home: Home, cloud: Cloud, stage: Stage): Promise<void> {
  for (const flags of stage.before) {
    const { code, stderr } = await rotateIn(home, cloud.env, atOnce, {
      ...flags,
      invoke: stage.run.invoke ?? true,
    });
    assert.equal(code, 0, stderr);
  }
}

/** Whatever was killed: what the file says is a key that works, and no secret was lost but one that
 * is named later on. */
export async function assertUsable(home: Home, cloud: Cloud, where: string): Promise<void> {
  const plain = await plainOf(home);
  const live = plain.match(/^aws_access_key_id: (\S+)$/m)?.[1];
  const secret = plain.match(/^aws_secret_access_key: (\S+)$/m)?.[1];
  const keys = await cloud.keys();
  const real = keys.find(({ id }) => id === live);
  assert.ok(real, `${where}: ${live} is not in AWS`);
  assert.equal(secret, real.secret, where);
  assert.ok(keys.some(({ active }) => active), where);
  const lost = keys.filter(({ secret }) => !plain.includes(secret));
  assert.ok(lost.every(({ id }) => !plain.includes(id)), `${where}: a secret was lost`);
  assert.ok(lost.length <= 1, where);
}

/**
 * Takes a rotation to its end, as its operator would: with a yes for an orphan by its id.
 *
 * @returns how many orphans were named on the way
 */
export async function finish(
  home: Home,
  cloud: Cloud,
  stage: Stage,
  where: string,
): Promise<number> {
  let orphans = 0;
  let result: Result | undefined;
  let more: Partial<RotateFlags> = {};
  const invoke = stage.run.invoke ?? true;
  for (let run = 0; run < 8; run++) {
    const plain = await plainOf(home);
    const underWay = /^rotation:/m.test(plain);
    const rotated = !plain.includes(cloud.oldId);
    if (!underWay && (stage.end === "aborted" || rotated)) {
      await assertOver(home, cloud, stage, where);
      return orphans;
    }
    const flags = underWay ? stage.goOn : stage.run;
    result = await rotateIn(home, cloud.env, atOnce, { ...flags, ...more, invoke });
    more = {};
    const named = result.stderr.match(/--delete-key (\S+)$/m)?.[1];
    if (result.code === 2 && named) {
      orphans++;
      more = { deleteKey: named };
    } else assert.equal(result.code, 0, `${where}: ${result.stderr}`);
  }
  assert.fail(`${where}: no end: ${result?.stdout}${result?.stderr}`);
}

async function assertOver(home: Home, cloud: Cloud, stage: Stage, where: string): Promise<void> {
  const plain = await plainOf(home);
  const keys = await cloud.keys();
  assert.equal(keys.length, 1, `${where}: an orphan is left: ${keys.map(({ id }) => id)}`);
  const [key] = keys;
  assert.equal(key!.id === cloud.oldId, stage.end === "aborted", where);
  assert.ok(key!.active, where);
  assert.match(plain, new RegExp(`^aws_access_key_id: ${key!.id}$`, "m"), where);
  assert.ok(plain.includes(`aws_secret_access_key: ${key!.secret}\n`), where);
  assert.ok(!await home.exists(temporaryName(file)), where);
}

const root = new URL("../../", import.meta.url).pathname;

/** How to run a stage in a process of its own. */
export function program(home: Home, stage: Stage, env: Readonly<Record<string, string>>) {
  return {
    command: Deno.execPath(),
    args: [
      "run",
      "--quiet",
      "--cached-only",
      "--no-check",
      "-A",
      `--config=${root}deno.json`,
      `${root}tests/rotate/programs/rotate.ts`,
      JSON.stringify(stage.run),
      home.path,
    ],
    env: { ...home.env, ...env },
    cwd: home.path,
  };
}
