import assert from "node:assert/strict";
import { exampleKey, startStandin } from "../../support/aws/standin.ts";
import { assertAbsent, credsmith, type Home, temporaryHome } from "../../support/home.ts";
import { peerTest } from "../../support/peers.ts";
import { onTerminal } from "../../support/pty.ts";
import { exampleSecrets, exampleText, homeWithSecrets } from "../../support/sops_file.ts";

const serial = "arn:aws:iam::123456789012:mfa/me";
const roleArn = "arn:aws:iam::123456789012:role/ci";
const withMfa = `${exampleText}aws_mfa_serial: ${serial}
profiles:
    ci:
        role_arn: ${roleArn}
        mfa_serial: ${serial}
        source_profile: default
    api:
        bedrock_api_key: ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl
        region: us-east-1
`;

interface Scene extends AsyncDisposable {
  readonly home: Home;
  readonly env: Record<string, string>;
  readonly operations: () => string[];
  readonly standin: ReturnType<typeof startStandin>;
}

async function scene(text = withMfa, codes = ["123456", "222222"]): Promise<Scene> {
  const standin = startStandin();
  standin.set({
    users: [{ name: "claude-dev", devices: { [serial]: codes } }],
    rolesWithMfa: [roleArn],
  });
  const home = await temporaryHome(await homeWithSecrets({ text }));
  return {
    home,
    standin,
    env: { ...standin.env },
    operations: () => standin.log.map(({ operation }) => operation),
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await standin.close();
    },
  };
}

const question = 'MFA code of mfa/me for profile "default": ';
const show = ["--", "sh", "-c", 'echo "$AWS_ACCESS_KEY_ID"'];

peerTest(
  ["script"],
  "login asks for a code on the terminal, and exec needs none after it",
  async () => {
    await using at = await scene();
    const { home, env } = at;
    const { code, shown } = await onTerminal(
      home,
      ["sh", "-c", `${credsmith.map((word) => `'${word}'`).join(" ")} login </dev/null`],
      [[question, "12345\r"], ["A code has 6 digits: ", "123 456\r"]],
      { env },
    );
    assert.equal(code, 0, shown);
    assert.match(
      shown,
      /^default: session, until \d{4}-\d\d-\d\d \d\d:\d\d \((12 h|11 h 59 min)\)$/m,
    );
    const run = await home.run(["exec", "ci", ...show], { env });
    assert.match(run.stdout, /^ASIA/);
    assert.equal(run.stderr, "");
    assert.deepEqual(at.operations(), ["GetSessionToken", "AssumeRole"]);
    assertAbsent(shown + run.stdout + run.stderr, [exampleSecrets[1]], "what was shown");
  },
);

peerTest(
  ["script"],
  "exec asks on the terminal by itself, and the program has it after",
  async () => {
    await using at = await scene();
    const program = ["sh", "-c", 'read -r line; test "$line" = typed && echo "$AWS_ACCESS_KEY_ID"'];
    const { code, shown } = await onTerminal(
      at.home,
      [...credsmith, "exec", "--", ...program],
      [[question, "123456\r"], ["\n", "typed\n"]],
      { env: at.env },
    );
    assert.equal(code, 0, shown);
    assert.match(shown, /^ASIA/m);
  },
);

peerTest(["script"], "login with a wrong code says so and keeps nothing", async () => {
  await using at = await scene();
  const { code, shown } = await onTerminal(
    at.home,
    [...credsmith, "login", "--json"],
    [[question, "000000\r"]],
    { env: at.env },
  );
  assert.equal(code, 5, shown);
  assert.match(shown, /"cause":"mfa_code_wrong"/);
  assert.match(shown, /Cannot make a session of its key for profile "default": The MFA code/);
  assert.match(shown, /wait for the next code/);
});

peerTest(["script"], "an empty line, and Ctrl-D, give up the code", async () => {
  await using at = await scene();
  for (const typed of ["\r", "\x04"]) {
    const { code, shown } = await onTerminal(
      at.home,
      [...credsmith, "login"],
      [[question, typed]],
      { env: at.env },
    );
    assert.equal(code, 5, shown);
    assert.match(shown, /it takes a code of\s+mfa\/me, and none\s+was typed/);
  }
  assert.deepEqual(at.operations(), []);
});

Deno.test("without a terminal, a session that takes a code says what to run", async () => {
  await using at = await scene();
  const { code, stderr, stdout } = await at.home.run(["exec", "ci", ...show], { env: at.env });
  assert.equal(code, 5);
  assert.equal(stdout, "");
  assert.equal(
    stderr,
    'Cannot have a session for profile "ci": it takes a code of mfa/me, and there is no ' +
      "terminal to ask for it on\n  run on a terminal: credsmith login ci\n",
  );
  assert.deepEqual(at.operations(), []);
});

Deno.test("login makes another session although there is one, and --forget takes them away", async () => {
  await using at = await scene(exampleText);
  const { home, env } = at;
  assert.equal((await home.run(["exec", ...show], { env })).code, 0);
  const { stdout } = await home.run(["login", "--json"], { env });
  const { version, ok, profile, how, expires } = JSON.parse(stdout);
  assert.deepEqual([version, ok, profile, how], [1, true, "default", "session"]);
  assert.match(expires, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.deepEqual(at.operations(), ["GetSessionToken", "GetSessionToken"]);
  const forgotten = await home.run(["login", "--forget"], { env });
  assert.equal(forgotten.stdout, "Forgot a session: default\n");
  const none = await home.run(["login", "--forget", "all", "--json"], { env });
  assert.deepEqual(JSON.parse(none.stdout), { version: 1, ok: true, forgotten: [] });
  assert.equal((await home.run(["exec", ...show], { env })).code, 0);
  assert.equal(at.operations().length, 3);
  const log = await home.read(`${home.state}/credsmith/actions.jsonl`);
  assert.match(log, /"action":"login"/);
  assert.match(log, /"action":"session"/);
  assertAbsent(log, [exampleSecrets[1]], "the log of actions");
});

Deno.test("a session that two profiles share is forgotten with either of them", async () => {
  await using at = await scene(`${exampleText}profiles:
    same:
        access_key_id: ${exampleKey.id}
        secret_access_key: ${exampleKey.secret}
`);
  const { home, env } = at;
  const run = () => home.run(["credential-process", "same"], { env });
  await home.run(["exec", ...show], { env });
  assert.equal((await run()).code, 0);
  assert.deepEqual(at.operations(), ["GetSessionToken"]);
  const { stdout } = await home.run(["login", "--forget", "same"], { env });
  assert.equal(stdout, "Forgot a session: same\n");
  assert.equal((await run()).code, 0);
  assert.equal(at.operations().length, 2);
  // The one that is made next is known to be both's.
  await home.run(["exec", ...show], { env });
  const both = await home.run(["login", "--forget", "default"], { env });
  assert.equal(both.stdout, "Forgot a session: default\n");
});

Deno.test("a policy that denies GetSessionToken is named, and --static is the way", async () => {
  await using at = await scene(exampleText);
  at.standin.set({ users: [{ name: "claude-dev", explicitlyDenied: ["sts:GetSessionToken"] }] });
  const { code, stderr } = await at.home.run(["exec", ...show], { env: at.env });
  assert.equal(code, 6);
  assert.match(
    stderr,
    /^Cannot make a session of its key for profile "default": A policy of user\/claude-dev denies sts:GetSessionToken\n {2}have an administrator take the explicit deny out, or hand out the key itself: --static\n$/,
  );
});

const kinds: readonly (readonly [string, string, RegExp])[] = [
  ["a Bedrock API key", "api", /^api: a Bedrock API key, of which no session is made\n$/],
];
for (const [what, profile, expected] of kinds) {
  Deno.test(`login with ${what} says that there is nothing to make`, async () => {
    await using at = await scene();
    const { code, stdout, stderr } = await at.home.run(["login", profile], { env: at.env });
    assert.equal(code, 0, stderr);
    assert.match(stdout, expected);
  });
}

Deno.test("exec --static of a role is refused", async () => {
  await using at = await scene();
  const { code, stderr } = await at.home.run(["exec", "ci", "--static", ...show], { env: at.env });
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^Cannot give the key of profile "ci": it is a role, .*\n {2}leave out --st/,
  );
});

Deno.test("a clock that is an hour off is said with what sets it right", async () => {
  await using at = await scene(exampleText);
  at.standin.set({ clockOffset: 3600 });
  const { code, stderr } = await at.home.run(["exec", ...show], { env: at.env });
  assert.equal(code, 5);
  assert.match(stderr, /for profile "default": 1 h behind AWS\n {2}sudo systemctl restart systemd/);
});

Deno.test("twenty programs at once make one request, and all have the same session", async () => {
  await using at = await scene(exampleText);
  at.standin.set({ latency: 100 });
  const all = await Promise.all(
    Array.from({ length: 20 }, () => at.home.run(["exec", ...show], { env: at.env })),
  );
  assert.deepEqual(all.map(({ stderr }) => stderr).filter(Boolean), []);
  assert.equal(new Set(all.map(({ stdout }) => stdout)).size, 1);
  assert.deepEqual(at.operations(), ["GetSessionToken"]);
});

Deno.test("an entry that somebody has changed is replaced, with one warning", async () => {
  await using at = await scene(exampleText);
  const { home, env } = at;
  await home.run(["exec", ...show], { env });
  const folder = `${home.runtime}/credsmith/sessions`;
  const [entry] = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".json"));
  await Deno.chmod(`${folder}/${entry!.name}`, 0o644);
  const { stderr, stdout } = await home.run(["exec", ...show], { env });
  assert.match(stdout, /^ASIA/);
  assert.match(stderr, /^Warning: ".*\.json" is not used, because others could have [^\n]*\n$/);
  assert.equal((await home.run(["exec", ...show], { env })).stderr, "");
  assert.equal(at.operations().length, 2);
});

peerTest(
  ["script", "bash", "linux"],
  "in the background nobody is asked: it would be stopped",
  async () => {
    await using at = await scene();
    const words = credsmith.map((word) => `'${word}'`).join(" ");
    const { shown } = await onTerminal(
      at.home,
      ["bash", "--norc", "-ic", `${words} login & wait $!; echo "ended $?"`],
      [],
      { env: at.env },
    );
    assert.match(shown, /there is no\s+terminal to ask for it on/);
    assert.match(shown, /ended 5/);
  },
);
