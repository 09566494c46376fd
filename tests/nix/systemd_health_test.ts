/** The health check of a NixOS host, under a real systemd and against the stand-in for AWS. */
import assert from "node:assert/strict";
import { findProgram } from "../../src/platform/programs.ts";
import { exampleKey, type Settings, startStandin } from "../support/aws/standin.ts";
import { machineTest, startMachine } from "../support/machine.ts";
import { build } from "../support/nix.ts";
import { encrypted, testIdentity } from "../support/sops_file.ts";

const secretsText = `aws_access_key_id: ${exampleKey.id}
aws_secret_access_key: ${exampleKey.secret}
aws_region: us-east-1
bedrock:
    model_id: us.anthropic.claude-opus-5
lifecycle_unencrypted:
    default:
        created: "2020-01-01"
`;
const unit = "credsmith-verify.service";
const account = "123456789012";
const rotation = "rotation overdue since 2020-03-31";

async function system(): Promise<string> {
  const secrets = await Deno.makeTempFile({ prefix: "credsmith-test-", suffix: ".yaml" });
  try {
    await Deno.writeTextFile(secrets, await encrypted(secretsText));
    const program = findProgram("sops-install-secrets", Deno.env.get("PATH") ?? "")!;
    const [path] = await build("tests/nix/systemd_health.nix", { strings: { program, secrets } });
    return path!;
  } finally {
    await Deno.remove(secrets);
  }
}

const unknownKey: Settings = {
  faults: [{
    operation: "*",
    fault: {
      kind: "error",
      status: 403,
      code: "InvalidClientTokenId",
      message: "The security token included in the request is invalid.",
    },
  }],
};
const outage: Settings = { faults: [{ operation: "*", fault: { kind: "status", status: 503 } }] };

machineTest(
  ["nix", "sops-install-secrets"],
  "the health check of a host runs hardened, tells everyone, and raises the alarm",
  async (t) => {
    const path = await system();
    const units = JSON.parse(await Deno.readTextFile(`${path}/units.json`));
    await using standin = startStandin();
    const endpoints = Object.entries(standin.env).map(([name, value]) =>
      `Environment=${name}=${value}\n`
    ).join("");
    await using machine = await startMachine({
      binds: ["/nix/store", Deno.execPath()],
      users: { dev: ["credsmith"], other: [], "credsmith-health": ["credsmith"] },
      units,
      files: {
        "/var/lib/sops-nix/key.txt": { content: `${testIdentity}\n`, mode: 0o600 },
        [`/etc/systemd/system/${unit}.d/standin.conf`]: `[Service]\n${endpoints}`,
      },
      activation: `bash -eu ${path}/activate`,
    });
    const line = (state: string, known = "") => `default\t${state}\t${known}\t${rotation}\n`;
    const waitFor = (text: string) =>
      machine.waitFor(
        text.trim(),
        async () => (await machine.exec("cat /run/credsmith/health.txt")).stdout === text,
      );
    const alarms = async () =>
      (await machine.journal("alarm.service")).split("\n").filter((each) => each === "alarm")
        .length;

    await t.step("its timer runs it", () => waitFor(line("ok", account)));

    await t.step("everyone reads the result, and no one else writes it", async () => {
      const text = await machine.must("cat /run/credsmith/health.json", { user: "other" });
      const { ok, profiles } = JSON.parse(text);
      assert.equal(ok, true);
      assert.equal(profiles[0].report.exit, 0);
      assert.ok(!text.includes(exampleKey.secret));
      const modes = await machine.must("stat -c '%a %U %n' /run/credsmith /run/credsmith/*");
      assert.equal(
        modes,
        "755 credsmith-health /run/credsmith\n" +
          "644 credsmith-health /run/credsmith/health.json\n" +
          "644 credsmith-health /run/credsmith/health.txt\n",
      );
      assert.notEqual(
        (await machine.exec("touch /run/credsmith/x", { user: "dev" })).code,
        0,
      );
    });

    await t.step("the journal has a line for the profile, and one for its rotation", async () => {
      const journal = await machine.journal(unit);
      assert.match(journal, new RegExp(`^default: ok, ${account}, us-east-1$`, "m"));
      assert.match(journal, new RegExp(`^default: ${rotation}; replace the key`, "m"));
      assert.ok(!journal.includes("{"), "the document is in the journal");
    });

    await t.step("what is temporary raises no alarm", async () => {
      standin.set(outage);
      await waitFor(line("temporary"));
      await machine.waitFor(
        "the end of it",
        `systemctl show -p ExecMainStatus ${unit} | grep -q =7`,
      );
      assert.equal(await machine.property(unit, "Result"), "success");
      assert.equal(await alarms(), 0);
    });

    await t.step("a key that AWS does not know raises it", async () => {
      standin.set({ reset: true });
      standin.set(unknownKey);
      await waitFor(line("failed"));
      await machine.waitFor("the alarm", async () => await alarms() > 0);
      assert.match(
        await machine.journal(unit),
        /^default: failed; AWS does not know AKIA.*\[key_unknown\]$/m,
      );
    });

    await t.step("a host without secrets raises it too, and says where to look", async () => {
      standin.set({ reset: true });
      await waitFor(line("ok", account));
      const before = await alarms();
      await machine.must("rm /run/secrets");
      await waitFor(line("failed"));
      await machine.waitFor("the alarm", async () => await alarms() > before);
      assert.match(
        await machine.journal(unit),
        /absent; journalctl -b -g 'left out\|sops-install-secrets' says why it was not installed \[secret_files_missing\]$/m,
      );
    });

    await t.step("it is confined", async () => {
      const { code, stdout } = await machine.exec(
        `systemd-analyze security --offline=true --threshold=20 --no-pager ${unit}`,
      );
      assert.equal(code, 0, stdout);
      const [, exposure] = stdout.match(/Overall exposure level[^:]*: ([\d.]+)/) ?? [];
      assert.ok(Number(exposure) <= 2, `exposure ${exposure}`);
    });

    await t.step("systemd finds nothing wrong with the units", async () => {
      const { code, stdout, stderr } = await machine.exec(
        `systemd-analyze verify --man=no ${Object.keys(units).join(" ")}`,
      );
      assert.deepEqual({ code, said: stdout + stderr }, { code: 0, said: "" });
    });
  },
);
