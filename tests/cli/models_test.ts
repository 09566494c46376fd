import assert from "node:assert/strict";
import { type Standin, startStandin } from "../support/aws/standin.ts";
import { assertAbsent, credsmith, type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { onTerminal } from "../support/pty.ts";
import { decrypted, exampleSecrets, exampleText, homeWithSecrets } from "../support/sops_file.ts";

const [opus, sonnet, haiku] = [
  "us.anthropic.claude-opus-5",
  "us.anthropic.claude-sonnet-4-6",
  "us.anthropic.claude-haiku-4-5-20251001-v1:0",
] as const;
const plain = exampleText.replace(/ {4}endpoint: .*\n/, "");
const settings = ".claude/settings.json";
const local = ".claude/settings.local.json";

interface Place {
  readonly home: Home;
  readonly standin: Standin;
  run(...args: string[]): ReturnType<Home["run"]>;
  /** A value of the secrets file. */
  model(name?: string): Promise<string | undefined>;
}

async function inHome(
  work: (place: Place) => Promise<void>,
  files: Readonly<Record<string, string>> = {},
  text = plain,
): Promise<void> {
  await using home = await temporaryHome({ ...await homeWithSecrets({ text }), ...files });
  await using standin = startStandin();
  await work({
    home,
    standin,
    async run(...args) {
      const result = await home.run(args, { env: standin.env });
      assertAbsent(result.stdout + result.stderr, [exampleSecrets[1]], "the output");
      return result;
    },
    async model(name = "model_id") {
      const file = await decrypted(await home.read("secrets/aws.yaml"));
      return file.match(new RegExp(`\\b${name}: (\\S+)`))?.[1];
    },
  });
}

const deniedControl = [
  "bedrock:ListInferenceProfiles",
  "bedrock:ListFoundationModels",
  "bedrock:GetFoundationModelAvailability",
];
const days = (count: number) =>
  new Date(Date.now() + count * 86_400_000).toISOString().replace(/\.\d+/, "");

Deno.test("models shows one line a model, by family, with what is pinned", async () => {
  await inHome(async ({ run, standin }) => {
    standin.set({
      models: [
        { id: "anthropic.claude-opus-4-8", granted: false },
        { id: "anthropic.claude-opus-4-7", endOfLifeTime: days(71.5) },
      ],
    });
    const { code, stdout, stderr } = await run("models");
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
    const lines = stdout.split("\n");
    assert.equal(lines[0], "default, secrets/aws.yaml, us-east-1");
    assert.equal(lines[1], `  yes        opus-5        ${opus}`);
    assert.equal(lines[2], "  no         opus-4-8      us.anthropic.claude-opus-4-8");
    assert.equal(lines[3], `${" ".repeat(27)}the account was not granted it`);
    assert.match(lines[5]!, /^ {27}ends \d{4}-\d\d-\d\d, in 72 d$/);
    assert.ok(lines.includes(`  yes        sonnet-4-6    ${sonnet}  main`));
    for (const line of lines) assert.ok(line.length <= 80, line);
  });
});

Deno.test("what may not be asked is not known, and no failure", async () => {
  await inHome(async ({ run, standin }) => {
    standin.set({ users: [{ name: "claude-dev", denied: deniedControl }] });
    const { code, stdout } = await run("models");
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}not known {2}sonnet-4-6 /m);
    assert.match(stdout, /^Not known: which inference profiles there are \(No policy of/m);
    assert.match(stdout, /^Not known: what the account may use \(/m);
    assert.doesNotMatch(stdout, /^ {2}no /m);
  });
});

Deno.test("all pages are read, the account's own profiles too, some models at a time", async () => {
  await inHome(async ({ run, standin }) => {
    standin.state.pageSize = 3;
    for (const id of ["a1", "b2", "c3", "d4"]) {
      standin.state.applications.push({
        id,
        name: `team-${id}`,
        modelId: "anthropic.claude-opus-5",
      });
    }
    const { stdout } = await run("models", "--json");
    const document = JSON.parse(stdout);
    assert.deepEqual([document.version, document.ok, document.region], [1, true, "us-east-1"]);
    assert.deepEqual(document.unknown, []);
    assert.deepEqual(
      document.applicationProfiles.map(({ name }: { name: string }) => name),
      ["team-a1", "team-b2", "team-c3", "team-d4"],
    );
    const found = document.models.find(({ short }: { short: string }) => short === "sonnet-4-6");
    assert.deepEqual(found, {
      model: "anthropic.claude-sonnet-4-6",
      short: "sonnet-4-6",
      ways: [sonnet, sonnet.replace("us.", "global.")],
      access: "yes",
      lifecycle: { legacy: false },
      pinned: ["main"],
    });
  });
});

Deno.test("throttled lists are asked again", async () => {
  await inHome(async ({ run, standin }) => {
    standin.set({
      faults: [{
        operation: "ListFoundationModels",
        fault: { kind: "status", status: 429 },
        times: 2,
      }],
    });
    const { stdout } = await run("models", "--json");
    assert.deepEqual(JSON.parse(stdout).unknown, []);
  });
});

Deno.test("a pinned model that will not do for long comes with what to pin instead", async () => {
  await inHome(async ({ run, standin }) => {
    standin.set({ models: [{ id: "anthropic.claude-sonnet-4-6", lifecycle: "LEGACY" }] });
    const { stdout } = await run("models");
    assert.match(stdout, /"us\.anthropic\.claude-sonnet-4-6", pinned as main, is near the end/);
    assert.match(stdout, /^ {2}credsmith models pin us\.anthropic\.claude-sonnet-5$/m);
  });
});

Deno.test("an area's id that this region does not have is told, with the one it has", async () => {
  await inHome(
    async ({ run }) => {
      const { stdout } = await run("models");
      assert.match(stdout, /pinned as main, cannot be used:\n {2}credsmith models pin us\.anth/);
    },
    {},
    plain.replace(sonnet, sonnet.replace("us.", "eu.")),
  );
});

Deno.test("families narrow the list and what is asked", async () => {
  await inHome(async ({ run, standin }) => {
    const { stdout } = await run("models", "--family", "haiku");
    assert.deepEqual(
      stdout.split("\n").slice(1, -1).map((line) => line.trim().split(/ +/)[1]),
      ["haiku-4-5", "3-haiku", undefined],
    );
    const asked = standin.log.filter(({ operation }) => /Availability/.test(operation));
    // The pinned one is asked in any case.
    assert.equal(asked.length, 3);
    const none = await run("models", "--family", "llama");
    assert.match(none.stdout, /^No model of the family "llama" is in us-east-1;/m);
  });
});

Deno.test("a key that AWS does not know is exit 5, AWS out of reach exit 7", async () => {
  await inHome(
    async ({ run }) => {
      const { code, stderr } = await run("models");
      assert.equal(code, 5);
      assert.match(stderr, /^Cannot ask AWS with profile "default": AWS does not know AKIAI44/);
    },
    {},
    plain.replace(exampleSecrets[0], "AKIAI44QH8DHBEXAMPLE"),
  );
  await inHome(async ({ run, standin }) => {
    await standin.close();
    assert.equal((await run("models")).code, 7);
  });
});

Deno.test("a Bedrock API key lists and pins, too", async () => {
  const text = `profiles:
    api:
        bedrock_api_key: ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl
        region: us-east-1
`;
  await inHome(
    async ({ run, standin, model }) => {
      standin.state.apiKeys.set("ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl", "claude-dev");
      const { code, stdout, stderr } = await run("models", "api");
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^ {2}yes {8}opus-5 /m);
      assert.match(stdout, /^Nothing is pinned: credsmith models pin MODEL api$/m);
      const pinned = await run("models", "pin", "opus-5", "api", "--yes");
      assert.equal(pinned.code, 0, pinned.stderr);
      assert.equal(await model(), opus);
    },
    {},
    text,
  );
});

const claude = JSON.stringify(
  {
    model: sonnet,
    env: {
      CLAUDE_CODE_USE_BEDROCK: "1",
      ANTHROPIC_MODEL: sonnet,
      ANTHROPIC_DEFAULT_OPUS_MODEL: "us.anthropic.claude-opus-4-8",
      ANTHROPIC_DEFAULT_SONNET_MODEL: sonnet,
      ANTHROPIC_SMALL_FAST_MODEL: "us.anthropic.claude-3-haiku-20240307-v1:0",
    },
    awsCredentialExport: "/usr/bin/credsmith credential-process --format claude",
    theme: "dark",
  },
  null,
  2,
);

Deno.test("models pin sets the file and Claude Code's settings where they name models", async () => {
  await inHome(async ({ run, home, model }) => {
    const { code, stdout, stderr } = await run(
      "models",
      "pin",
      "opus-5",
      "--small",
      "haiku",
      "--yes",
    );
    assert.equal(code, 0, stderr);
    assert.equal(await model(), opus);
    assert.equal(await model("small_model_id"), haiku);
    assert.deepEqual(JSON.parse(await home.read(settings)), {
      ...JSON.parse(claude),
      model: opus,
      env: {
        CLAUDE_CODE_USE_BEDROCK: "1",
        ANTHROPIC_MODEL: opus,
        ANTHROPIC_DEFAULT_OPUS_MODEL: opus,
        ANTHROPIC_DEFAULT_SONNET_MODEL: sonnet,
        ANTHROPIC_SMALL_FAST_MODEL: haiku,
        ANTHROPIC_DEFAULT_HAIKU_MODEL: haiku,
      },
    });
    assert.match(
      stdout,
      /^secrets\/aws\.yaml: bedrock\/model_id\n-us\..*sonnet.*\n\+us\..*opus-5$/m,
    );
    assert.match(stdout, /^\+ {4}"ANTHROPIC_MODEL": "us\.anthropic\.claude-opus-5",$/m);
    assert.match(stdout, /^Pinned us\.anthropic\.claude-opus-5, us\..*haiku/m);
    const again = await run("models", "pin", "opus-5", "--small", "haiku", "--yes");
    assert.match(again.stdout, /pinned already; nothing to change$/m);
    const log = (await home.read(`${home.state}/credsmith/actions.jsonl`)).trim().split("\n");
    assert.equal(log.length, 1);
    const { action, models, names } = JSON.parse(log[0]!);
    assert.deepEqual([action, models], ["models pin", [opus, haiku]]);
    assert.deepEqual(names, ["bedrock/model_id", "bedrock/small_model_id"]);
  }, { [settings]: claude });
});

Deno.test("models pin --dry-run and a missing yes change nothing", async () => {
  await inHome(async ({ run, home, model }) => {
    const dry = await run("models", "pin", "opus-5", "--dry-run");
    assert.equal(dry.code, 0, dry.stderr);
    assert.match(dry.stdout, /^\+us\.anthropic\.claude-opus-5$/m);
    const silent = await run("models", "pin", "opus-5");
    assert.equal(silent.code, 2);
    assert.match(silent.stderr, /--yes is missing/);
    assert.equal(await model(), sonnet);
    assert.equal(await home.read(settings), claude);
  }, { [settings]: claude });
});

Deno.test("models pin --json tells each change", async () => {
  await inHome(async ({ run }) => {
    const { stdout, code } = await run("models", "pin", "sonnet-5", "--yes", "--json");
    assert.equal(code, 0);
    const { version, ok, changes, claude, model, notes } = JSON.parse(stdout);
    assert.deepEqual([version, ok, claude], [1, true, []]);
    assert.equal(model, "us.anthropic.claude-sonnet-5");
    assert.deepEqual(changes, [{ path: "bedrock/model_id", before: sonnet, after: model }]);
    assert.deepEqual(notes, [`"sonnet-5" is ${model} in us-east-1`]);
  });
});

const others: readonly (readonly [string, string])[] = [
  ["of another profile", claude.replace("--format claude", "--format claude work")],
  ["of another file", claude.replace("--format claude", "--format claude -f /srv/aws.yaml")],
  ["without Bedrock", claude.replace('"CLAUDE_CODE_USE_BEDROCK": "1",', "")],
];
for (const [name, text] of others) {
  Deno.test(`models pin leaves settings ${name} alone`, async () => {
    await inHome(async ({ run, home, model }) => {
      const { code, stderr } = await run("models", "pin", "opus-5", "--yes");
      assert.equal(code, 0, stderr);
      assert.equal(await model(), opus);
      assert.equal(await home.read(settings), text);
    }, { [settings]: text });
  });
}

Deno.test("the project's settings are named and not changed, and the exit code is 9", async () => {
  const project = `{"env": {"ANTHROPIC_MODEL": "${sonnet}"}}`;
  await inHome(async ({ home, standin }) => {
    const result = await home.run(
      ["models", "pin", "opus-5", "--yes", "-f", "../secrets/aws.yaml"],
      { env: standin.env, cwd: `${home.path}/app` },
    );
    assert.equal(result.code, 9, result.stderr);
    assert.match(result.stderr, /sets env\.ANTHROPIC_MODEL for everyone/);
    assert.match(result.stderr, /Claude Code would still use another model/);
    assert.equal(await home.read(`app/${settings}`), project);
  }, { [settings]: claude, [`app/${settings}`]: project });
});

Deno.test("a file that only overrides loses nothing but the model's name", async () => {
  const own = `{\n  // mine\n  "env": { "ANTHROPIC_MODEL": "${sonnet}" }\n}\n`;
  await inHome(async ({ run, home }) => {
    const { code, stderr } = await run("models", "pin", "opus-5", "--yes");
    assert.equal(code, 0, stderr);
    assert.equal(await home.read(local), own.replace(sonnet, opus));
  }, { [settings]: claude, [local]: own });
});

const refusals: readonly (readonly [
  name: string,
  args: readonly string[],
  prepare: (standin: Standin) => void,
  code: number,
  words: RegExp,
])[] = [
  ["a typo", ["opuss-5"], () => {}, 2, /has no such model\n {2}the nearest is opus-5/],
  ["another area's id", [opus.replace("us.", "eu.")], () => {}, 2, /the nearest is us\./],
  ["no model", [], () => {}, 2, /^Which model is missing/],
  [
    "one that the account was not granted",
    ["opus-5"],
    (standin) => standin.set({ models: [{ id: "anthropic.claude-opus-5", granted: false }] }),
    6,
    /^Cannot pin "us\.anthropic\.claude-opus-5": the account has no access to it$/m,
  ],
  [
    "one past its end",
    ["opus-5"],
    (standin) =>
      standin.set({
        models: [{ id: "anthropic.claude-opus-5", endOfLifeTime: "2026-01-01T00:00:00Z" }],
      }),
    6,
    /it has reached the end of its life/,
  ],
  [
    "a short name where nothing may be listed",
    ["opus-5"],
    (standin) => standin.set({ users: [{ name: "claude-dev", denied: deniedControl }] }),
    2,
    /may not be listed, so it has to be a whole id/,
  ],
  ["a short name unchecked", ["opus-5", "--no-check"], () => {}, 2, /is no model id/],
];
for (const [name, args, prepare, code, words] of refusals) {
  Deno.test(`models pin refuses ${name}`, async () => {
    await inHome(async ({ run, standin, model }) => {
      prepare(standin);
      const result = await run("models", "pin", ...args, "--yes");
      assert.equal(result.code, code, result.stderr);
      assert.match(result.stderr, words);
      assert.equal(await model(), sonnet);
    });
  });
}

Deno.test("a whole id is pinned where nothing may be asked, and that is said", async () => {
  await inHome(async ({ run, standin, model }) => {
    standin.set({ users: [{ name: "claude-dev", denied: deniedControl }] });
    const { code, stderr } = await run("models", "pin", opus, "--yes");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Not known: whether the account may use opus-5/m);
    assert.equal(await model(), opus);
  });
});

Deno.test("another profile's models stand in that profile", async () => {
  const text = `${plain}profiles:
    work:
        access_key_id: ${exampleSecrets[0]}
        secret_access_key: ${exampleSecrets[1]}
        region: us-east-1
`;
  await inHome(
    async ({ run, home }) => {
      const one = await run("models", "pin", "opus-5", "work", "--yes");
      assert.equal(one.code, 0, one.stderr);
      const two = await run("models", "pin", "--small", "haiku", "--profile", "work", "--yes");
      assert.equal(two.code, 0, two.stderr);
      const file = await decrypted(await home.read("secrets/aws.yaml"));
      assert.match(file, /work:\n(?: {8}.*\n)* {8}model_id: us\.anthropic\.claude-opus-5\n/);
      assert.match(file, / {8}small_model_id: us\.anthropic\.claude-haiku-4-5/);
      assert.match(file, /bedrock:\n {4}model_id: us\.anthropic\.claude-sonnet-4-6\n/);
    },
    {},
    text,
  );
});

peerTest(["script"], "on a terminal models pin asks; no means no", async () => {
  await inHome(async ({ home, standin, model }) => {
    Object.assign(home.env, standin.env);
    const command = [...credsmith, "models", "pin", "opus-5"];
    const no = await onTerminal(home, command, [["Write this? [Y/n]", "n\r"]]);
    assert.match(no.shown, /Nothing was changed/);
    assert.equal(await model(), sonnet);
    const yes = await onTerminal(home, command, [["Write this? [Y/n]", "\r"]]);
    assert.equal(yes.code, 0);
    assert.equal(await model(), opus);
  });
});
