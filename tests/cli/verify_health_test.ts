import assert from "node:assert/strict";
import { exampleKey, type Settings, startStandin } from "../support/aws/standin.ts";
import { assertAbsent, type Home, type Result, temporaryHome } from "../support/home.ts";
import { tryPermissions } from "../support/permissions.ts";
import { peerTest } from "../support/peers.ts";

const opus = "us.anthropic.claude-opus-5";
const files: Readonly<Record<string, string>> = {
  aws_access_key_id: exampleKey.id,
  aws_secret_access_key: exampleKey.secret,
  aws_region: "us-east-1",
  aws_bedrock_model_id: opus,
  aws_ci_access_key_id: "AKIAI44QH8DHBEXAMPLE",
  aws_ci_secret_access_key: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
  aws_ci_region: "us-east-1",
};
const manifest = (directory: string) => ({
  version: 1,
  directory,
  profiles: {
    default: {
      files: {
        AWS_ACCESS_KEY_ID: "aws_access_key_id",
        AWS_SECRET_ACCESS_KEY: "aws_secret_access_key",
        AWS_REGION: "aws_region",
        AWS_DEFAULT_REGION: "aws_region",
        BEDROCK_MODEL_ID: "aws_bedrock_model_id",
        ANTHROPIC_DEFAULT_HAIKU_MODEL: "aws_bedrock_small_model_id",
      },
      optional: ["ANTHROPIC_DEFAULT_HAIKU_MODEL"],
    },
    ci: {
      files: {
        AWS_ACCESS_KEY_ID: "aws_ci_access_key_id",
        AWS_SECRET_ACCESS_KEY: "aws_ci_secret_access_key",
        AWS_REGION: "aws_ci_region",
      },
    },
  },
});

interface Plan {
  readonly profiles?: readonly string[];
  readonly lifecycle?: Readonly<Record<string, object>>;
}

/** A host: secret files as sops-install-secrets leaves them, a manifest and a plan. */
async function hostHome(plan: Plan = {}, secrets = files): Promise<Home> {
  const home = await temporaryHome();
  await Deno.mkdir(`${home.path}/secrets.d/1`, { recursive: true });
  for (const [name, text] of Object.entries(secrets)) {
    await home.write(`secrets.d/1/${name}`, text, 0o400);
  }
  await Deno.symlink(`${home.path}/secrets.d/1`, `${home.path}/secrets`);
  await home.write("manifest.json", JSON.stringify(manifest(`${home.path}/secrets`)));
  await Deno.mkdir(`${home.path}/health`);
  await home.write(
    "plan.json",
    JSON.stringify({
      version: 1,
      manifest: `${home.path}/manifest.json`,
      profiles: ["default"],
      directory: `${home.path}/health`,
      lifecycle: {},
      rotation: { remindAfterDays: 76, maxAgeDays: 90 },
      ...plan,
    }),
  );
  return home;
}

async function health(
  home: Home,
  settings: Settings = {},
): Promise<Result & { json: HealthDocument; text: string }> {
  await using standin = startStandin();
  standin.set(settings);
  const result = await home.run(["verify", "--json", "--no-invoke", "--health", "plan.json"], {
    env: standin.env,
  });
  assertAbsent(result.stdout + result.stderr, [exampleKey.secret], "what verify says");
  const text = await home.read("health/health.txt");
  return { ...result, json: JSON.parse(await home.read("health/health.json")), text };
}

interface HealthDocument {
  readonly ok: boolean;
  readonly exit: number;
  readonly cause?: string;
  readonly checked: string;
  readonly profiles: readonly {
    readonly profile: string;
    readonly state: string;
    readonly account?: string;
    readonly model?: string;
    readonly report: { readonly exit: number; readonly checks: readonly unknown[] };
  }[];
}

Deno.test("verify --manifest checks what the loader would load, without an identity", async () => {
  await using home = await hostHome();
  await using standin = startStandin();
  const { code, stdout, stderr } = await home.run(
    ["verify", "--json", "--no-invoke", "--manifest", "manifest.json"],
    { env: standin.env },
  );
  assert.equal(code, 0, stderr);
  const { profile, file, checks } = JSON.parse(stdout);
  assert.equal(profile, "default");
  assert.equal(file, `${home.path}/secrets`);
  assert.deepEqual(
    checks.map(({ check, status }: { check: string; status: string }) => `${check}:${status}`),
    [
      "file:ok",
      ...checks.slice(1, -4).map(() => "endpoint:note"),
      "clock:ok",
      "identity:ok",
      "models:ok",
      "answer:skip",
    ],
  );
  assert.ok(standin.log.every(({ accessKeyId }) => accessKeyId === exampleKey.id));
});

Deno.test("verify --manifest says which secret file is absent, and where to look", async () => {
  const { aws_secret_access_key: _, ...rest } = files;
  await using home = await hostHome({}, rest);
  const { code, stdout } = await home.run(["verify", "--manifest", "manifest.json"]);
  assert.equal(code, 5);
  assert.match(stdout, /FAIL {2}file +Cannot read\s.*aws_secret_access_key.*absent/s);
  assert.match(stdout, /\[secret_files_missing\]/);
});

Deno.test("verify --manifest and --health take no secrets file beside them", async () => {
  await using home = await hostHome();
  for (
    const [args, message] of [
      [["--manifest", "manifest.json", "-f", "x.yaml"], /^Cannot take --file beside --manifest/],
      [["--health", "plan.json", "--offline"], /^Cannot take --offline beside --health/],
      [["--health", "plan.json", "ci"], /^Cannot take "ci" beside --health/],
      [["--manifest", "manifest.json", "nobody"], /There is no profile "nobody"/],
    ] as const
  ) {
    const { code, stdout, stderr } = await home.run(["verify", ...args]);
    assert.equal(code, 2);
    assert.match(stderr || stdout, message);
  }
});

Deno.test("a plan that is none is refused", async () => {
  await using home = await hostHome();
  await home.write("plan.json", "{}");
  const { code, stderr } = await home.run(["verify", "--health", "plan.json"]);
  assert.equal(code, 2);
  assert.match(stderr, /^Cannot use "plan.json": it is no plan of health checks, version 1\n/);
});

Deno.test("health leaves its result for all to read, and says it in one line", async () => {
  await using home = await hostHome({ lifecycle: { default: { created: "2020-01-01" } } });
  const { code, stdout, stderr, json, text } = await health(home);
  assert.equal(code, 0, stderr);
  assert.equal(json.ok, true);
  assert.ok(Temporal.Instant.from(json.checked));
  assert.deepEqual(JSON.parse(stdout), json);
  assert.equal(text, "default\tok\t123456789012\trotation overdue since 2020-03-31\n");
  assert.equal(
    stderr,
    "default: ok, 123456789012, us-east-1\n" +
      "default: rotation overdue since 2020-03-31; replace the key, then the secrets file\n",
  );
  for (const name of ["health.json", "health.txt"]) {
    assert.equal((await Deno.stat(`${home.path}/health/${name}`)).mode! & 0o777, 0o644);
  }
});

const denied = [
  "bedrock:ListInferenceProfiles",
  "bedrock:GetFoundationModel",
  "bedrock:GetFoundationModelAvailability",
];
const outage: Settings = { faults: [{ operation: "*", fault: { kind: "status", status: 503 } }] };

// deno-fmt-ignore -- a table
const states: readonly (readonly [string, Plan, Settings, number, string])[] = [
  ["one key of two that AWS does not know", { profiles: ["default", "ci"] }, {}, 5, "default\tok\t123456789012\t\nci\tfailed\t\t\n"],
  ["an outage", {}, outage, 7, "default\ttemporary\t\t\n"],
  ["an outage for one that would fail anyway", { profiles: ["default", "nobody"] }, outage, 2, "default\ttemporary\t\t\nnobody\tfailed\t\t\n"],
  ["a key that may not ask about models", {}, { users: [{ name: "claude-dev", denied }] }, 0, "default\tunproved\t123456789012\t\n"],
];
for (const [name, plan, settings, exit, lines] of states) {
  Deno.test(`health: ${name} -> ${exit}`, async () => {
    await using home = await hostHome(plan);
    const { code, text, json } = await health(home, settings);
    assert.equal(text, lines);
    assert.equal(code, exit);
    assert.equal(json.exit, exit);
  });
}

Deno.test("health names what is wrong, and what to do, in the journal", async () => {
  await using home = await hostHome({ profiles: ["ci"] });
  const { stderr } = await health(home);
  assert.match(
    stderr,
    /^ci: failed; AWS does not know AKIAI44QH8DHBEXAMPLE: .*; .* \[key_unknown\]$/m,
  );
});

peerTest(["linux", "root"], "health may write, and start nothing", async () => {
  await using home = await hostHome();
  const { left } = await tryPermissions(home, ["verify", "--no-invoke", "--health", "plan.json"]);
  assert.deepEqual(left, ["read", "write", "net", "env", "sys"]);
});
