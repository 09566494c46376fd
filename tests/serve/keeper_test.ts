import assert from "node:assert/strict";
import { type Held, Keeper, type KeeperEvent } from "../../src/serve/keeper.ts";
import { Secret } from "../../src/sops/secret.ts";

const start = Temporal.Instant.from("2026-11-22T10:00:00Z");

/** A keeper with a clock of its own, whose AWS does what the test says. */
function stage(lifetimes: readonly (number | Error)[]) {
  let now = start;
  const events: KeeperEvent[] = [];
  const asked: Temporal.Instant[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  let gated = false;
  const keeper = new Keeper({
    now: () => now,
    chance: () => 1,
    tell: (event) => void events.push(event),
    ask: async () => {
      const next = lifetimes[Math.min(asked.length, lifetimes.length - 1)]!;
      asked.push(now);
      const id = `ASIA${asked.length}`;
      if (gated) {
        const gate = Promise.withResolvers<void>();
        gates.push(gate);
        await gate.promise;
      }
      if (next instanceof Error) throw next;
      return heldFor(id, now, next);
    },
  });
  return {
    keeper,
    events,
    asked,
    pass: (minutes: number) => void (now = now.add({ milliseconds: minutes * 60_000 })),
    gate: () => void (gated = true),
    open: () => gates.splice(0).forEach((gate) => gate.resolve()),
    get now() {
      return now;
    },
  };
}

function heldFor(accessKeyId: string, issued: Temporal.Instant, minutes: number): Held {
  return {
    accessKeyId,
    secretAccessKey: new Secret("secret"),
    issued,
    expires: issued.add({ minutes }),
  };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("credentials are asked for once, however many want them", async () => {
  const { keeper, asked, gate, open } = stage([60]);
  gate();
  const all = Promise.all(Array.from({ length: 200 }, () => keeper.give()));
  open();
  const ids = new Set((await all).map((held) => held.accessKeyId));
  assert.deepEqual([...ids], ["ASIA1"]);
  assert.equal(asked.length, 1);
});

Deno.test("they are kept while more than 20 minutes are left", async () => {
  const { keeper, asked, pass } = stage([60]);
  await keeper.give();
  pass(39.9);
  await keeper.give();
  await settled();
  assert.equal(asked.length, 1);
});

Deno.test("at 20 minutes they are renewed, and nobody waits for that", async () => {
  const { keeper, asked, pass, gate, open } = stage([60]);
  await keeper.give();
  pass(41);
  gate();
  assert.equal((await keeper.give()).accessKeyId, "ASIA1");
  assert.equal((await keeper.give()).accessKeyId, "ASIA1");
  assert.equal(asked.length, 2);
  open();
  await settled();
  assert.equal((await keeper.give()).accessKeyId, "ASIA2");
});

Deno.test("with less than 15 minutes left they are not given: clients wait for new ones", async () => {
  const { keeper, pass } = stage([60]);
  await keeper.give();
  pass(46);
  assert.equal((await keeper.give()).accessKeyId, "ASIA2");
});

Deno.test("while AWS is down what is good is given, then the reason why nothing is", async () => {
  const down = new Error("down");
  const { keeper, events, asked, pass } = stage([60, down]);
  await keeper.give();
  pass(41);
  assert.equal((await keeper.give()).accessKeyId, "ASIA1");
  await settled();
  assert.deepEqual(events, [{ kind: "failing", error: down, until: start.add({ minutes: 60 }) }]);
  pass(5);
  await assert.rejects(async () => await keeper.give(), down);
  assert.equal(events.length, 1, "told once");
  assert.equal(asked.length, 3);
});

Deno.test("AWS is left alone between two tries, and clients hear the reason at once", async () => {
  const down = new Error("down");
  const { keeper, asked, pass, events } = stage([down, down, 60]);
  await assert.rejects(async () => await keeper.give(), down);
  for (let client = 0; client < 50; client++) {
    await assert.rejects(async () => await keeper.give(), down);
  }
  assert.equal(asked.length, 1);
  pass(1.1 / 60);
  await assert.rejects(async () => await keeper.give(), down);
  pass(1.1 / 60);
  await assert.rejects(async () => await keeper.give(), down);
  assert.equal(asked.length, 2, "the second pause is longer");
  pass(1 / 60);
  assert.equal((await keeper.give()).accessKeyId, "ASIA3");
  assert.deepEqual(events.map((event) => event.kind), ["failing", "recovered"]);
});

Deno.test("what AWS gives for less than 15 minutes is not given on", async () => {
  const { keeper, asked } = stage([14]);
  await assert.rejects(async () => await keeper.give(), {
    name: "ShortLivedError",
    seconds: 14 * 60,
  });
  await assert.rejects(async () => await keeper.give(), { name: "ShortLivedError" });
  assert.equal(asked.length, 1);
});

Deno.test("what falls below 15 minutes right after it was given is asked for at once", async () => {
  const { keeper, asked, pass } = stage([15, 60]);
  await keeper.give();
  pass(10 / 60);
  assert.equal((await keeper.give()).accessKeyId, "ASIA2");
  assert.equal(asked.length, 2);
});

Deno.test("what AWS gives for 17 minutes again and again is not asked for all the time", async () => {
  const { keeper, asked, pass } = stage([17]);
  for (let client = 0; client < 50; client++) await keeper.give();
  await settled();
  assert.equal(asked.length, 1);
  pass(1);
  await keeper.give();
  await settled();
  assert.equal(asked.length, 2);
});

Deno.test("a clock that is set back does not keep old credentials for good", async () => {
  const { keeper, asked, pass } = stage([60]);
  await keeper.give();
  pass(-120);
  await keeper.give();
  assert.equal(asked.length, 2);
});

Deno.test("in the background they are renewed before anybody asks", async () => {
  const { keeper, asked, pass } = stage([60]);
  const stop = new AbortController();
  let slept = 0;
  await keeper.keepFresh((milliseconds) => {
    assert.ok(milliseconds > 0 && milliseconds <= 30_000, `${milliseconds} ms`);
    slept += milliseconds;
    pass(milliseconds / 60_000);
    if (slept > 10 * 3600_000) stop.abort();
    return Promise.resolve();
  }, stop.signal);
  const gaps = asked.slice(1).map((at, index) => at.since(asked[index]!).total("minutes"));
  assert.ok(gaps.length >= 14);
  for (const gap of gaps) assert.ok(gap >= 40 && gap < 41, `${gap} minutes`);
});
