import assert from "node:assert/strict";
import { memoryCache } from "../../../src/aws/session/cache.ts";
import { MfaNeededError, SessionBusyError, SessionError } from "../../../src/aws/session/errors.ts";
import { planOf } from "../../../src/aws/session/plan.ts";
import { renewed, type World } from "../../../src/aws/session/renew.ts";
import type { RoleSource, StaticSource } from "../../../src/aws/source.ts";
import { assumeRole, getSessionToken } from "../../../src/aws/sts.ts";
import { LockTimeoutError } from "../../../src/platform/errors.ts";
import { Secret } from "../../../src/sops/secret.ts";
import {
  exampleKey,
  type Settings,
  type Standin,
  startStandin,
} from "../../support/aws/standin.ts";

const serial = "arn:aws:iam::123456789012:mfa/me";
const roleArn = "arn:aws:iam::123456789012:role/ci";
const key: StaticSource = {
  kind: "static",
  profile: "default",
  credentials: { accessKeyId: exampleKey.id, secretAccessKey: new Secret(exampleKey.secret) },
};
const role: RoleSource = {
  kind: "role",
  profile: "ci",
  roleArn,
  duration: 3600,
  tags: new Map(),
  from: key,
};

/** The stand-in, and a clock that both sides go by. */
class Scene implements AsyncDisposable {
  readonly standin: Standin = startStandin();
  passed = 0;
  readonly asked: string[] = [];
  codes: string[] = [];
  pauses: number[] = [];
  readonly world: World = {
    cache: memoryCache(),
    surroundings: { region: "us-east-1", ambient: "" },
    now: () => this.now(),
    sleep: (milliseconds) => {
      this.pauses.push(milliseconds);
      return Promise.resolve();
    },
    random: (length) => new Uint8Array(length),
    requests: () => Promise.resolve({ getSessionToken, assumeRole }),
    connection: (credentials) => ({
      region: "us-east-1",
      credentials,
      endpoints: { sts: { url: this.standin.url, from: { kind: "profile" } } },
      limits: { connect: 3000, request: 500 },
      now: () => this.now(),
      clockOffset: this.passed * 1000,
    }),
    ambient: () => Promise.reject(new Error("nothing ambient here")),
    code: (_step, serial) => {
      this.asked.push(serial);
      const code = this.codes.shift();
      if (code === undefined) throw new MfaNeededError("ci", serial, "no terminal");
      return Promise.resolve(code);
    },
  };

  now(): Temporal.Instant {
    return Temporal.Now.instant().add({ seconds: this.passed });
  }
  /** Time goes on, here and at AWS. */
  pass(minutes: number): void {
    this.passed += minutes * 60;
    this.standin.set({ advance: minutes * 60 });
  }
  set(settings: Settings): void {
    this.standin.set(settings);
  }
  get operations(): string[] {
    return this.standin.log.map(({ operation }) => operation);
  }
  get(source: StaticSource | RoleSource = key, wish = {}) {
    return renewed(this.world, planOf(source, "me"), wish);
  }
  /** Minutes that are left of what is handed out. */
  async left(source: StaticSource | RoleSource = key): Promise<number> {
    const { entry } = await this.get(source);
    return Math.round(entry.expires.since(this.now()).total("minutes"));
  }
  [Symbol.asyncDispose] = () => this.standin.close();
}

Deno.test("a session is made once, and renewed when 20 minutes are left", async () => {
  await using scene = new Scene();
  const first = (await scene.get()).entry.credentials.accessKeyId;
  scene.pass(12 * 60 - 21);
  assert.equal((await scene.get()).entry.credentials.accessKeyId, first);
  assert.deepEqual(scene.operations, ["GetSessionToken"]);
  scene.pass(2);
  assert.notEqual((await scene.get()).entry.credentials.accessKeyId, first);
  assert.equal(await scene.left(), 720);
  assert.deepEqual(scene.operations, ["GetSessionToken", "GetSessionToken"]);
});

Deno.test("where renewing fails for now, what has 15 minutes is handed out, and no less", async () => {
  await using scene = new Scene();
  await scene.get(role);
  scene.set({ faults: [{ operation: "AssumeRole", fault: { kind: "status", status: 503 } }] });
  scene.pass(44);
  const stale = await scene.get(role);
  assert.ok(stale.hindered instanceof SessionError);
  assert.equal(stale.hindered.diagnosis.cause, "service_unavailable");
  scene.pass(2);
  await assert.rejects(scene.get(role), SessionError);
});

Deno.test("what is denied is not papered over by what is left", async () => {
  await using scene = new Scene();
  await scene.get(role);
  scene.set({ users: [{ name: "claude-dev", denied: ["sts:AssumeRole"] }] });
  scene.pass(44);
  await assert.rejects(scene.get(role), (error: SessionError) => {
    assert.equal(error.diagnosis.cause, "policy_missing");
    assert.equal(error.subject, roleArn);
    return true;
  });
});

Deno.test("a throttled request is made again, with a longer pause each time", async () => {
  await using scene = new Scene();
  const fault = {
    kind: "error",
    status: 400,
    code: "Throttling",
    message: "Rate exceeded",
  } as const;
  scene.set({ faults: [{ operation: "GetSessionToken", fault, times: 2 }] });
  await scene.get();
  assert.equal(scene.operations.length, 3);
  assert.equal(scene.pauses.length, 2);
  assert.ok(scene.pauses[1]! > scene.pauses[0]!);
});

for (
  const [name, fault, cause] of [
    ["never answers", { kind: "hang" }, "timed_out"],
    ["stops in the middle", { kind: "stall" }, "timed_out"],
    ["is a web page", { kind: "html" }, "not_aws"],
  ] as const
) {
  Deno.test(`an STS that ${name} is one request and a reason`, async () => {
    await using scene = new Scene();
    scene.set({ faults: [{ operation: "GetSessionToken", fault }] });
    await assert.rejects(scene.get(), (error: SessionError) => error.diagnosis.cause === cause);
    assert.equal(scene.operations.length, 1);
  });
}

Deno.test("a code is asked once, for the key and all its roles", async () => {
  await using scene = new Scene();
  scene.set({
    users: [{ name: "claude-dev", devices: { [serial]: ["123456"] } }],
    rolesWithMfa: [roleArn, `${roleArn}2`],
  });
  scene.codes = ["123456"];
  const withMfa = { ...role, mfaSerial: serial };
  await scene.get(withMfa);
  await scene.get({ ...withMfa, roleArn: `${roleArn}2`, profile: "other" });
  await scene.get({ ...key, mfaSerial: serial });
  scene.pass(50);
  await scene.get(withMfa);
  assert.deepEqual(scene.asked, [serial]);
  assert.deepEqual(
    scene.operations,
    ["GetSessionToken", "AssumeRole", "AssumeRole", "AssumeRole"],
  );
});

Deno.test("a code is sent once: it would not be good again", async () => {
  await using scene = new Scene();
  scene.codes = ["123456", "654321"];
  scene.set({ faults: [{ operation: "GetSessionToken", fault: { kind: "status", status: 503 } }] });
  await assert.rejects(scene.get({ ...key, mfaSerial: serial }), SessionError);
  assert.equal(scene.operations.length, 1);
});

for (
  const [name, devices, cause] of [
    ["a wrong code", { [serial]: ["999999"] }, "mfa_code_wrong"],
    ["a device of nobody", {}, "mfa_device_unknown"],
  ] as const
) {
  Deno.test(`${name} is no session, and nothing is kept`, async () => {
    await using scene = new Scene();
    scene.set({ users: [{ name: "claude-dev", devices }] });
    scene.codes = ["123456"];
    const source = { ...key, mfaSerial: serial };
    await assert.rejects(scene.get(source), (error: SessionError) => {
      assert.equal(error.diagnosis.cause, cause);
      assert.equal(error.subject, serial);
      return true;
    });
    await assert.rejects(scene.get(source), MfaNeededError);
  });
}

Deno.test("nobody to type a code: what has 15 minutes is handed out", async () => {
  await using scene = new Scene();
  scene.set({ users: [{ name: "claude-dev", devices: { [serial]: ["123456"] } }] });
  scene.codes = ["123456"];
  const source = { ...key, mfaSerial: serial };
  await scene.get(source);
  scene.pass(12 * 60 - 18);
  assert.ok((await scene.get(source)).hindered instanceof MfaNeededError);
  scene.pass(4);
  await assert.rejects(scene.get(source), MfaNeededError);
});

Deno.test("a role goes by another role, for an hour at most", async () => {
  await using scene = new Scene();
  const hub = { ...role, profile: "hub", roleArn: `${roleArn}-hub` };
  const { entry } = await scene.get({ ...role, from: hub });
  assert.equal(entry.how, "role");
  assert.deepEqual(scene.operations, ["AssumeRole", "AssumeRole"]);
  const long = scene.get({ ...role, from: hub, duration: 7200 });
  await assert.rejects(long, (error: SessionError) => {
    assert.equal(error.diagnosis.cause, "duration_too_long");
    return true;
  });
});

Deno.test("a role is assumed with its tags and its policy", async () => {
  await using scene = new Scene();
  const policy = '{"Version":"2012-10-17","Statement":[]}';
  const { entry } = await scene.get({ ...role, tags: new Map([["team", "infra"]]), policy });
  const session = scene.standin.state.sessions.get(entry.credentials.accessKeyId)!;
  assert.deepEqual(session.tags, { team: "infra" });
  assert.equal(session.policy, policy);
  assert.match(session.arn, /assumed-role\/ci\/credsmith-ci-me$/);
});

Deno.test("a kept session that AWS has ended is made again, once", async () => {
  await using scene = new Scene();
  const hub = { ...role, profile: "hub", roleArn: `${roleArn}-hub` };
  const first = await scene.get(hub);
  scene.standin.state.sessions.delete(first.entry.credentials.accessKeyId);
  await scene.get({ ...role, from: hub });
  assert.deepEqual(scene.operations, ["AssumeRole", "AssumeRole", "AssumeRole", "AssumeRole"]);
});

Deno.test("a key of a session without its token is said, and no session is made", async () => {
  await using scene = new Scene();
  const { entry } = await scene.get();
  const { accessKeyId, secretAccessKey } = entry.credentials;
  const source = { ...key, credentials: { accessKeyId, secretAccessKey } };
  await assert.rejects(scene.get(source), (error: SessionError) => {
    assert.equal(error.diagnosis.cause, "token_missing");
    return true;
  });
});

Deno.test("root's session is as long as AWS gives it", async () => {
  await using scene = new Scene();
  scene.standin.state.arns.set(exampleKey.id, "arn:aws:iam::123456789012:root");
  assert.equal(await scene.left(), 60);
});

Deno.test("a clock that is 10 minutes behind renews by AWS's, and one an hour behind is refused", async () => {
  await using scene = new Scene();
  scene.set({ clockOffset: 600 });
  // AWS says when by its own clock, which is 12 hours and 10 minutes from here.
  assert.equal(await scene.left(), 720);
  scene.set({ clockOffset: 3600 });
  await assert.rejects(scene.get(role), (error: SessionError) => {
    assert.equal(error.diagnosis.cause, "clock_skew");
    return true;
  });
});

Deno.test("a process that is at it and does not end is waited for no longer than that", async () => {
  await using scene = new Scene();
  await scene.get(role);
  const { cache } = scene.world;
  const seconds: number[] = [];
  const busy = {
    ...scene.world,
    cache: {
      ...cache,
      locked(name: string, limit: number) {
        seconds.push(limit);
        return Promise.reject(new LockTimeoutError(name, limit * 1000));
      },
    },
  };
  const get = (source: RoleSource) => renewed(busy, planOf(source, "me"));
  await assert.rejects(get({ ...role, mfaSerial: serial }), SessionBusyError);
  assert.deepEqual(seconds, [80]);
  scene.pass(44);
  assert.ok((await get(role)).hindered instanceof SessionBusyError);
  scene.pass(2);
  await assert.rejects(get(role), SessionBusyError);
  assert.deepEqual(seconds, [80, 20, 20]);
});

Deno.test("twenty at once make one request", async () => {
  await using scene = new Scene();
  scene.set({ latency: 20 });
  const all = await Promise.all(Array.from({ length: 20 }, () => scene.get()));
  assert.equal(new Set(all.map(({ entry }) => entry.credentials.accessKeyId)).size, 1);
  assert.deepEqual(scene.operations, ["GetSessionToken"]);
});
