/** NixOS's managed settings and `credsmith claude configure` say the same to Claude Code. */
import assert from "node:assert/strict";
import { planConfigure } from "../../src/claude/configure.ts";
import { parseExportCommand } from "../../src/claude/export_command.ts";
import { ownDenyRules } from "../../src/cli/claude/wishes.ts";
import { evalJson } from "../support/nix.ts";
import { peerTest } from "../support/peers.ts";

peerTest(["nix"], "NixOS's managed settings are those of claude configure", async () => {
  const settings = await evalJson<{ awsCredentialExport: string }>("tests/nix/claude_settings.nix");

  const { edits } = planConfigure([{ scope: "user", path: "/settings.json" }], {
    command: settings.awsCredentialExport,
    region: "us-west-2",
    modelId: "us.anthropic.claude-opus-4-8",
    smallModelId: "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    deny: ownDenyRules({ SOPS_AGE_KEY_FILE: "/var/lib/sops-nix/key.txt" }),
  }, { scope: "user", keeps: () => false, discard: false });
  assert.deepEqual(settings, JSON.parse(edits[0]!.after.reveal()));

  // verify knows the command for one of ours.
  const command = parseExportCommand(settings.awsCredentialExport);
  assert.match(command?.program.join(" ") ?? "", /^\/nix\/store\/\w+-credsmith\/bin\/credsmith$/);
  assert.match(command?.manifest ?? "", /-credsmith-loader\/share\/credsmith\/manifest\.json$/);
  assert.equal(command?.profile, "production");
});
