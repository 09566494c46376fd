import assert from "node:assert/strict";
import { exampleKey, startStandin } from "../../support/aws/standin.ts";
import { assertAbsent, credsmith, type Home, temporaryHome } from "../../support/home.ts";
import { peerTest } from "../../support/peers.ts";
import { onTerminal } from "../../support/pty.ts";
import { exampleText, homeWithSecrets, testIdentity } from "../../support/sops_file.ts";
import { until } from "../../support/until.ts";

const roleArn = "arn:aws:iam::123456789012:role/ci";
const serial = "arn:aws:iam::123456789012:mfa/me";
const withRole = `${exampleText}profiles:
    ci:
        role_arn: ${roleArn}
        source_profile: default
`;

interface Scene extends AsyncDisposable {
  readonly home: Home;
  readonly folder: string;
  readonly standin: ReturnType<typeof startStandin>;
  run(...args: string[]): ReturnType<Home["run"]>;
  env: Record<string, string>;
  secret(name: string): string;
  operations(): string[];
  /** The process that keeps the secret files fresh, if one is alive. */
  keeper(): number | undefined;
}

async function scene(text = exampleText): Promise<Scene> {
  const standin = startStandin();
  const home = await temporaryHome(await homeWithSecrets({ text }));
  const folder = `${home.runtime}/credsmith`;
  const at: Scene = {
    home,
    folder,
    standin,
    env: { ...standin.env },
    run: (...args) => home.run(args, { env: at.env }),
    secret: (name) => Deno.readTextFileSync(`${folder}/secrets/${name}`),
    operations: () => standin.log.map(({ operation }) => operation),
    keeper() {
      try {
        const { pid } = JSON.parse(Deno.readTextFileSync(`${folder}/keeper.json`));
        return alive(pid) ? pid : undefined;
      } catch {
        return undefined;
      }
    },
    async [Symbol.asyncDispose]() {
      await at.run("lock");
      await home[Symbol.asyncDispose]();
      await standin.close();
    },
  };
  return at;
}

function alive(pid: number): boolean {
  try {
    const state = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "")[0];
    return state !== "Z";
  } catch {
    return false;
  }
}

peerTest(
  ["linux"],
  "unlock writes sessions, and one process keeps them fresh until lock",
  async () => {
    await using at = await scene(withRole);
    const first = await at.run("unlock");
    assert.deepEqual([first.code, first.stderr], [0, ""]);
    assert.match(first.stdout, /^Unlocked secrets\/aws.yaml \(default, ci\), in memory only\n/);
    assert.match(
      first.stdout,
      /^ {2}fresh {3}sessions are renewed until lock, or the login's end$/m,
    );
    assert.match(at.secret("aws_access_key_id"), /^ASIA/);
    assert.match(at.secret("aws_ci_session_token"), /^IQoJ/);
    assert.notEqual(at.secret("aws_access_key_id"), at.secret("aws_ci_access_key_id"));
    assert.deepEqual(at.operations(), ["GetSessionToken", "AssumeRole"]);
    const one = at.keeper()!;
    assert.ok(one);

    const second = await at.run("unlock", "--json");
    assert.equal(JSON.parse(second.stdout).keptFresh, "process");
    const other = at.keeper()!;
    assert.notEqual(other, one);
    assert.equal(alive(one), false, "there is one for a folder");

    const locked = await at.run("lock");
    assert.match(locked.stdout, /^ {2}.*\/credsmith\/sessions$/m);
    assert.equal(alive(other), false);
    const left = [...Deno.readDirSync(at.folder)].map(({ name }) => name);
    assert.deepEqual(left, ["sessions"]);
    for (const { name } of Deno.readDirSync(`${at.folder}/sessions`)) assert.match(name, /\.lock$/);
  },
);

peerTest(
  ["linux"],
  "the process writes new sessions by itself, with the key that the file has by then",
  async () => {
    await using at = await scene(`${exampleText}profiles:
    api:
        bedrock_api_key: ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl
        region: us-east-1
`);
    // AWS gives little: so long that it is due when the process looks for the second time.
    at.standin.set({ sessionSeconds: 20 * 60 + 3 });
    assert.equal((await at.run("unlock")).code, 0);
    const before = at.secret("aws_access_key_id");
    const key = { id: "AKIAI44QH8DHBEXAMPLE", secret: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY" };
    at.standin.set({ sessionSeconds: 0, users: [{ name: "claude-dev", keys: [key] }] });
    const set = async (path: string, value: string) =>
      assert.equal((await at.home.run(["set", path], { stdin: value })).code, 0);
    await set("aws_access_key_id", key.id);
    await set("aws_secret_access_key", key.secret);
    await until("another session", () => at.secret("aws_access_key_id") !== before);
    assert.equal(at.standin.log.at(-1)!.accessKeyId, key.id);
    assert.equal(Deno.readLinkSync(`${at.folder}/secrets`), "secrets.d/2");
    assert.equal(at.secret("aws_api_region"), "us-east-1");
    assert.ok(at.keeper());
  },
);

peerTest(
  ["linux"],
  "a profile that the file has no more does not keep the others from it",
  async () => {
    await using at = await scene(withRole);
    at.standin.set({ sessionSeconds: 20 * 60 + 3 });
    assert.equal((await at.run("unlock")).code, 0);
    const before = at.secret("aws_access_key_id");
    at.standin.set({ sessionSeconds: 0 });
    const { code, stderr } = await at.run("unset", "profiles/ci", "--yes");
    assert.equal(code, 0, stderr);
    await until("another session", () => at.secret("aws_access_key_id") !== before);
    assert.throws(() => at.secret("aws_ci_session_token"), Deno.errors.NotFound);
  },
);

peerTest(["linux"], "the process ends when the folder goes away", async () => {
  await using at = await scene();
  await at.run("unlock");
  const pid = at.keeper()!;
  await Deno.remove(at.folder, { recursive: true });
  await until("its end", () => !alive(pid));
});

peerTest(["linux"], "nothing secret is on its command line or in its environment", async () => {
  await using at = await scene();
  // The identity is there, so the variable is not what opens the file.
  Object.assign(at.env, {
    SOPS_AGE_KEY: testIdentity,
    AWS_SECRET_ACCESS_KEY: exampleKey.secret,
    ANTHROPIC_API_KEY: "sk-ant-something",
  });
  await at.run("unlock");
  const pid = at.keeper()!;
  for (const file of ["cmdline", "environ"]) {
    const text = Deno.readTextFileSync(`/proc/${pid}/${file}`);
    const values = [testIdentity, exampleKey.secret, "sk-ant-something"];
    assertAbsent(text, [...values, at.secret("aws_secret_access_key")], file);
  }
});

peerTest(["linux", "bash"], "no file that the caller has open is left open by it", async () => {
  await using at = await scene();
  const words = credsmith.map((word) => `'${word}'`).join(" ");
  // `cat` ends when nobody holds the other end of its pipe any more.
  const script = `exec 9> >(cat >/dev/null; echo closed); ${words} unlock; exec 9>&-; wait $!`;
  const { stdout } = await at.home.program("bash", ["-c", script], { env: at.env });
  assert.match(stdout, /^closed$/m);
  assert.ok(at.keeper());
});

peerTest(
  ["linux"],
  "a file that takes a variable's identity is not kept fresh, which is said",
  async () => {
    await using at = await scene();
    await Deno.remove(`${at.home.path}/.config/sops/age/keys.txt`);
    at.env.SOPS_AGE_KEY = testIdentity;
    const { code, stdout } = await at.run("unlock");
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}until {3}\d{4}-\d\d-\d\d \d\d:\d\d, then: credsmith unlock$/m);
    assert.match(
      stdout,
      /not renewed by itself: opening the secrets file takes you, or a variable/,
    );
    assert.equal(at.keeper(), undefined);
    assert.ok(!await at.home.exists(`${at.folder}/keeper.lock`));
  },
);

peerTest(["linux"], "a profile of which AWS gives no session is left out, and named", async () => {
  await using at = await scene(withRole);
  at.standin.set({ users: [{ name: "claude-dev", denied: ["sts:AssumeRole"] }] });
  const { code, stdout } = await at.run("unlock", "--no-fresh");
  assert.equal(code, 9);
  assert.match(
    stdout,
    /^ {2}left out: ci\n {4}Cannot assume role\/ci for profile "ci": No policy /m,
  );
  assert.match(at.secret("aws_access_key_id"), /^ASIA/);
  assert.equal(at.keeper(), undefined);
  const named = await at.run("unlock", "--profile", "ci");
  assert.equal(named.code, 6);
});

peerTest(["linux"], "unlock --static writes the key, and asks nobody", async () => {
  await using at = await scene();
  const { code, stdout } = await at.run("unlock", "--static");
  assert.equal(code, 0);
  assert.doesNotMatch(stdout, /fresh|until/);
  assert.equal(at.secret("aws_access_key_id"), exampleKey.id);
  assert.throws(() => at.secret("aws_session_token"));
  assert.deepEqual(at.operations(), []);
  assert.equal(at.keeper(), undefined);
});

peerTest(["linux"], "without AWS nothing is written, and what there was stays", async () => {
  await using at = await scene();
  await at.run("unlock", "--no-fresh");
  const before = at.secret("aws_access_key_id");
  await at.run("login", "--forget", "all");
  at.standin.set({ faults: [{ operation: "GetSessionToken", fault: { kind: "hang" } }] });
  const { code, stderr } = await at.run("unlock");
  assert.equal(code, 7);
  assert.match(stderr, /^Cannot make a session of its key for profile "default": No answer from /);
  assert.equal(at.secret("aws_access_key_id"), before);
});

peerTest(
  ["linux"],
  "a session that takes a code is not written where nobody can type one",
  async () => {
    await using at = await scene(`${exampleText}aws_mfa_serial: ${serial}\n`);
    const { code, stderr } = await at.run("unlock");
    assert.equal(code, 5);
    assert.match(
      stderr,
      /takes a code of mfa\/me, and there is no terminal .*\n.*credsmith login\n$/,
    );
  },
);

peerTest(
  ["linux", "bash"],
  "verify and status know a session that a shell has loaded",
  async () => {
    await using at = await scene();
    await at.run("unlock", "--no-fresh");
    const words = credsmith.map((word) => `'${word}'`).join(" ");
    const script = `. ${at.folder}/load-aws-bedrock.bash --quiet; ${words} verify --offline; ` +
      `${words} status`;
    const { stdout, stderr } = await at.home.program("bash", ["-c", script], { env: at.env });
    assert.match(stdout, /ok {4}claude {4}uses this key \(this shell's environment\)$/m, stderr);
    assert.match(stdout, /^This shell: default, session, 1[12] h left$/m);
  },
);

peerTest(
  ["linux", "script"],
  "a code is asked for once, and the session of it is kept fresh",
  async () => {
    await using at = await scene(`${exampleText}aws_mfa_serial: ${serial}\n`);
    at.standin.set({ users: [{ name: "claude-dev", devices: { [serial]: ["123456"] } }] });
    const { code, shown } = await onTerminal(
      at.home,
      [...credsmith, "unlock"],
      [["MFA code of mfa/me", "123456\r"]],
      { env: at.env },
    );
    assert.equal(code, 0, shown);
    assert.match(
      shown,
      /fresh {3}sessions are renewed.*\n +AWS wants another MFA code within 12 h: /,
    );
    assert.ok(at.keeper());
    assert.equal(at.operations().length, 1);
  },
);
