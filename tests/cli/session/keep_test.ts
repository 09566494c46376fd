import assert from "node:assert/strict";
import { keepFresh, type KeepWorld } from "../../../src/cli/unlock/keep.ts";

const start = Temporal.Instant.from("2026-11-22T10:00:00Z");

/** A clock that goes by being waited for, and what happens at which minute. */
class Scene {
  now = start;
  readonly renewals: number[] = [];
  readonly failures: unknown[] = [];
  readyAt: number | undefined;
  /** Minutes after which it is not wanted any more. */
  until = 48 * 60;
  /** What each round gives: minutes that sessions last, or an error. */
  round: (minute: number) => readonly number[] | Error = () => [60];
  /** Minutes that the machine sleeps in, from when on. */
  asleep: { readonly from: number; readonly minutes: number } | undefined;

  get minute(): number {
    return Math.round(this.now.since(start).total("minutes") * 10) / 10;
  }
  run(): ReturnType<typeof keepFresh> {
    const world: KeepWorld = {
      now: () => this.now,
      sleep: (milliseconds) => {
        assert.ok(milliseconds > 0 && milliseconds <= 5000);
        this.now = this.now.add({ milliseconds });
        if (this.asleep && this.minute >= this.asleep.from) {
          this.now = this.now.add({ minutes: this.asleep.minutes });
          this.asleep = undefined;
        }
        return Promise.resolve();
      },
      isWanted: () => this.minute < this.until,
      renew: () => {
        this.renewals.push(this.minute);
        const given = this.round(this.minute);
        if (given instanceof Error) return Promise.reject(given);
        return Promise.resolve(given.map((minutes) => this.now.add({ minutes })));
      },
      needsPerson: (error) => (error as Error).message === "person",
      failed: (error) => void this.failures.push(error),
      ready: () => this.readyAt = this.minute,
    };
    return keepFresh(world);
  }
}

Deno.test("secret files are renewed when 20 minutes are left, as long as they are there", async () => {
  const scene = new Scene();
  scene.until = 200;
  assert.equal(await scene.run(), "not wanted");
  assert.deepEqual(scene.renewals, [0, 40.1, 80.2, 120.3, 160.3]);
  assert.equal(scene.readyAt, 0);
});

Deno.test("the session that ends first decides", async () => {
  const scene = new Scene();
  scene.until = 100;
  scene.round = () => [720, 60, 90];
  await scene.run();
  assert.deepEqual(scene.renewals, [0, 40.1, 80.2]);
});

Deno.test("what fails for now is tried each minute, later each fifth, and goes on", async () => {
  const scene = new Scene();
  scene.until = 70;
  scene.round = (minute) => minute > 0 && minute < 58 ? new Error("no network") : [60];
  await scene.run();
  assert.deepEqual(
    scene.renewals.map(Math.floor),
    [0, 40, 41, 42, 43, 44, 45, 50, 55, 60],
  );
  assert.equal(scene.failures.length, 8);
});

Deno.test("sessions that are due at once do not make it ask without end", async () => {
  const scene = new Scene();
  scene.until = 5;
  scene.round = () => [16];
  await scene.run();
  assert.deepEqual(scene.renewals, [0, 1, 2, 3, 4]);
});

Deno.test("a machine that slept renews when it wakes up", async () => {
  const scene = new Scene();
  scene.until = 400;
  scene.round = () => [720];
  scene.asleep = { from: 5, minutes: 700 };
  scene.until = 710;
  await scene.run();
  assert.deepEqual(scene.renewals.map(Math.floor), [0, 705]);
});

Deno.test("it ends when a person is needed, when nothing ends, and when nobody wants it", async () => {
  const needy = new Scene();
  needy.round = (minute) => minute > 0 ? new Error("person") : [60];
  assert.equal(await needy.run(), "a person is needed");
  assert.equal(needy.minute, 40.1);
  const lasting = new Scene();
  lasting.round = () => [];
  assert.equal(await lasting.run(), "nothing ends");
  const unwanted = new Scene();
  unwanted.until = 0;
  assert.equal(await unwanted.run(), "not wanted");
});

Deno.test("it is not ready before it has opened the secrets file once", async () => {
  const scene = new Scene();
  scene.round = () => new Error("person");
  assert.equal(await scene.run(), "a person is needed");
  assert.equal(scene.readyAt, undefined);
});
