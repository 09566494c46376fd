import assert from "node:assert/strict";
import { allOptions, optionsPage } from "../../docs/options.ts";
import { peerTest } from "../support/peers.ts";

const root = new URL("../../", import.meta.url);

peerTest(["nix"], "docs/reference/options.md says what the options are", async () => {
  const { path, text } = await optionsPage();
  assert.equal(await Deno.readTextFile(new URL(path, root)), text, "run: deno task docs");
});

peerTest(
  ["nix"],
  "every option has a type, a default, another example and a description",
  async () => {
    for (const [platform, options] of Object.entries(await allOptions())) {
      assert.ok(options.length > 25, platform);
      for (const { name, type, description, ...option } of options) {
        const what = `${name} on ${platform}`;
        assert.ok(type && type !== "unspecified value", what);
        assert.match(description.trim(), /^[^]{15,}\.$/, what);
        assert.ok(option.default?.text, `${what} has a default`);
        assert.ok(option.example?.text, `${what} has an example`);
        assert.notEqual(option.example.text, option.default.text, what);
      }
    }
  },
);
