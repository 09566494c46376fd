import assert from "node:assert/strict";
import { Bucket } from "../../src/audit/bucket.ts";
import { type Found, lookUp, type Question, type World } from "../../src/audit/look_up.ts";
import type { Connection } from "../../src/aws/clients.ts";
import { lookupEvents } from "../../src/aws/cloudtrail.ts";
import { Secret } from "../../src/sops/secret.ts";
import { exampleKey, type Standin, startStandin } from "../support/aws/standin.ts";
import type { Trailed } from "../support/aws/cloudtrail.ts";

const key = exampleKey.id;
const hour = 3_600_000;

/** Looks in the stand-in's time, which passes only when somebody waits. */
function worldOf(standin: Standin) {
  const waits: number[] = [];
  const begin = Date.now();
  let passed = 0;
  standin.state.now = () => new Date(begin + passed);
  const now = () => Temporal.Instant.fromEpochMilliseconds(begin + passed);
  const world: World = {
    now,
    sleep(milliseconds) {
      waits.push(milliseconds);
      passed += milliseconds;
      return Promise.resolve();
    },
    chance: () => 0.5,
    tell: () => {},
    lookup(_signer, region, question) {
      const connection: Connection = {
        region,
        credentials: {
          accessKeyId: exampleKey.id,
          secretAccessKey: new Secret(exampleKey.secret),
        },
        endpoints: {
          cloudtrail: { url: standin.url, from: { kind: "environment", name: "X" } },
        },
        limits: { connect: 3000, request: 5000 },
        now,
        clockOffset: begin + passed - Date.now(),
      };
      return lookupEvents(connection, question);
    },
  };
  return { world, waits };
}

async function found(
  events: readonly Trailed[],
  more: Partial<Question> = {},
  prepare: (standin: Standin) => void = () => {},
): Promise<Found & { standin: Standin; waits: readonly number[] }> {
  await using standin = startStandin();
  standin.state.trail.events.push(...events);
  const { world, waits } = worldOf(standin);
  const now = world.now();
  prepare(standin);
  const result = await lookUp(world, {
    keys: [{ key, signer: "default" }],
    regions: ["us-east-1"],
    from: now.subtract({ hours: 24 * 90 }),
    to: now.add({ hours: 1 }),
    most: 1000,
    sessions: 10,
    ...more,
  });
  return { ...result, standin, waits };
}

const ago = (hours: number) => new Date(Date.now() - hours * hour);
const series = (count: number, more: Partial<Trailed> = {}): Trailed[] =>
  Array.from({ length: count }, (_, index) => ({ key, at: ago(index + 1), ...more }));

Deno.test("all pages are read, at two requests a second", async () => {
  const { uses, gaps, standin, waits } = await found(series(120), {}, ({ state }) => {
    state.trail.perSecond = 2;
  });
  assert.equal(uses.length, 120);
  assert.deepEqual(gaps, []);
  assert.equal(standin.state.trail.requests.length, 3);
  assert.ok(waits.every((each) => each <= 556));
  assert.ok(Temporal.Instant.compare(uses[0]!.at, uses.at(-1)!.at) < 0);
});

Deno.test("regions are asked side by side, each at its own pace", async () => {
  const events = [...series(60), ...series(60, { region: "eu-west-1" })];
  const { uses, standin } = await found(events, { regions: ["us-east-1", "eu-west-1"] });
  assert.equal(uses.length, 120);
  const regions = standin.state.trail.requests.map(({ region }) => region);
  assert.deepEqual(regions.toSorted(), ["eu-west-1", "eu-west-1", "us-east-1", "us-east-1"]);
});

Deno.test("throttled by somebody else's requests, it waits longer and longer and goes on", async () => {
  const { uses, gaps, standin, waits } = await found(series(3), {}, (standin) => {
    const { state } = standin;
    state.trail.perSecond = 2;
    // Somebody else in this account asks twice a second for the next three seconds.
    for (let each = 0; each < 6; each++) {
      state.trail.requests.push({ region: "us-east-1", at: state.now().getTime() + each * 500 });
    }
  });
  assert.equal(uses.length, 3);
  assert.deepEqual(gaps, []);
  const codes = standin.log.map(({ code }) => code);
  assert.ok(codes.slice(0, -1).every((code) => code === "ThrottlingException"), String(codes));
  assert.ok(codes.length > 2);
  assert.ok(waits.some((each, index) => index > 0 && each > waits[index - 1]! * 1.5));
});

Deno.test("throttled without end, it gives up and says so", async () => {
  const { gaps, standin } = await found(series(3), {}, ({ state }) => {
    state.trail.perSecond = 0;
  });
  assert.deepEqual(gaps.map((gap) => gap.kind === "failed" && gap.diagnosis.cause), ["throttled"]);
  assert.equal(standin.log.length, 7);
});

Deno.test("a connection that breaks is tried again, and not for long", async () => {
  const fault = (times: number) => (standin: Standin) =>
    standin.set({ faults: [{ operation: "LookupEvents", fault: { kind: "drop before" }, times }] });
  const once = await found(series(3), {}, fault(2));
  assert.deepEqual([once.uses.length, once.gaps], [3, []]);
  const always = await found(series(3), {}, fault(99));
  assert.equal(always.standin.log.length, 3);
  assert.deepEqual(always.gaps.map((gap) => gap.kind), ["failed"]);
});

Deno.test("what may not be asked is a gap of its own, and not asked for the next key", async () => {
  const { gaps, standin } = await found(
    series(1),
    {
      keys: [{ key, signer: "default" }, { key: "AKIAI44QH8DHBEXAMPLE", signer: "default" }],
    },
    (standin) =>
      standin.set({ users: [{ name: "claude-dev", denied: ["cloudtrail:LookupEvents"] }] }),
  );
  assert.equal(gaps.length, 1);
  const [gap] = gaps;
  assert.ok(gap?.kind === "failed");
  assert.equal(gap.diagnosis.cause, "policy_missing");
  assert.equal(gap.diagnosis.facts.action, "cloudtrail:LookupEvents");
  assert.equal(standin.log.length, 1);
});

Deno.test("a region that is not enabled leaves the others", async () => {
  const { uses, gaps } = await found(
    series(2),
    { regions: ["us-east-1", "me-south-1"] },
    (each) => {
      each.state.trail.disabled.add("me-south-1");
    },
  );
  assert.equal(uses.length, 2);
  assert.deepEqual(gaps.map((gap) => "region" in gap && gap.region), ["me-south-1"]);
});

Deno.test("sessions are followed, and theirs, as far as was asked for", async () => {
  const [one, two, three] = [
    "ASIAAAAAAAAAAAEXAMPLE",
    "ASIABBBBBBBBBBEXAMPLE",
    "ASIACCCCCCCCCCEXAMPLE",
  ];
  const events: Trailed[] = [
    { key, at: ago(9), service: "sts", action: "GetSessionToken", session: { key: one! } },
    { key, at: ago(5), service: "sts", action: "AssumeRole", session: { key: two!, role: "ci" } },
    {
      key: one!,
      at: ago(8),
      service: "sts",
      action: "AssumeRole",
      session: { key: three!, role: "x" },
    },
    { key: one!, at: ago(8) },
    { key: two!, at: ago(4) },
    { key: three!, at: ago(7), error: "AccessDenied" },
  ];
  const all = await found(events);
  assert.deepEqual(
    all.uses.map(({ key }) => key).toSorted(),
    [key, key, one, one, two, three].toSorted(),
  );
  assert.deepEqual(all.sessions.find(({ key }) => key === three), {
    key: three,
    madeWith: one,
    what: "role/x",
  });
  const some = await found(events, { sessions: 1 });
  // The newest one.
  assert.deepEqual([...new Set(some.uses.map(({ key }) => key))].toSorted(), [key, two].toSorted());
  assert.deepEqual(some.gaps, [{ kind: "sessions", left: 1 }]);
});

Deno.test("more events than wanted: the newest are taken, and it is said", async () => {
  const { uses, gaps } = await found(series(200), { most: 100 });
  assert.equal(uses.length, 100);
  assert.deepEqual(gaps, [{ kind: "cut", key, region: "us-east-1" }]);
});

Deno.test("empty pages without an end do not keep it for ever", async () => {
  const { gaps } = await found(series(60), { most: 50 }, ({ state }) => {
    state.trail.pageSize = 0;
  });
  assert.deepEqual(gaps, [{ kind: "cut", key, region: "us-east-1" }]);
});

Deno.test("records that are none are counted", async () => {
  const { uses, gaps } = await found([...series(1), { key, at: ago(2), record: "{{" }]);
  assert.equal(uses.length, 1);
  assert.deepEqual(gaps, [{ kind: "unreadable", count: 1 }]);
});

Deno.test("a bucket lets two through in each second, also of those who come at once", async () => {
  let at = 0;
  const bucket = new Bucket({
    now: () => Temporal.Instant.fromEpochMilliseconds(at),
    sleep: (milliseconds) => {
      at += milliseconds;
      return Promise.resolve();
    },
  }, 2);
  const times: number[] = [];
  for (let each = 0; each < 5; each++) {
    await bucket.take();
    times.push(at);
  }
  assert.deepEqual(times, [0, 500, 1000, 1500, 2000]);
  bucket.hold(3000);
  await bucket.take();
  assert.equal(at, 5000);
});
