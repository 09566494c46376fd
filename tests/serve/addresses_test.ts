import assert from "node:assert/strict";
import { parsePlace, reachOf, urlOf } from "../../src/serve/addresses.ts";
import { tokenFault, tokenOf } from "../../src/serve/token.ts";

// deno-fmt-ignore -- a table
const places: readonly (readonly [text: string, url: string | undefined, reach?: string])[] = [
  ["127.0.0.1:9911", "http://127.0.0.1:9911/", "loopback"],
  ["localhost:80", "http://127.0.0.1/", "loopback"],
  ["127.0.0.2:1", "http://127.0.0.2:1/", "loopback"],
  ["[::1]:9911", "http://[::1]:9911/", "loopback"],
  ["[0:0:0:0:0:0:0:1]:9911", "http://[::1]:9911/", "loopback"],
  ["169.254.170.2:80", "http://169.254.170.2/", "container"],
  ["169.254.170.23:9911", "http://169.254.170.23:9911/", "container"],
  ["[fd00:ec2::23]:80", "http://[fd00:ec2::23]/", "container"],
  ["169.254.170.3:80", "http://169.254.170.3/", "other"],
  ["10.88.0.1:9911", "http://10.88.0.1:9911/", "other"],
  ["0.0.0.0:9911", "http://0.0.0.0:9911/", "every"],
  ["[::]:9911", "http://[::]:9911/", "every"],
  ["9911", undefined],
  [":9911", undefined],
  ["127.0.0.1", undefined],
  ["127.0.0.1:", undefined],
  ["127.0.0.1:65536", undefined],
  ["127.1:80", undefined],
  ["0127.0.0.1:80", undefined],
  ["300.0.0.1:80", undefined],
  ["example.com:80", undefined],
  ["::1:80", undefined],
  ["[::g]:80", undefined],
  ["127.0.0.1:80/x", undefined],
];
for (const [text, url, reach] of places) {
  Deno.test(`${text} is ${url ?? "no place to listen"}`, () => {
    const place = parsePlace(text);
    assert.equal(place && urlOf(place, "/"), url);
    if (place) assert.equal(reachOf(place.address), reach);
  });
}

const long = "x".repeat(32);
for (
  const [name, text, fault] of [
    ["32 characters", long, undefined],
    ["31 characters", long.slice(1), "too short"],
    ["a line feed at the end, which SDKs refuse", `${long}\n`, "a line end"],
    ["a blank", `${long} x`, "not printable"],
    ["more than a header can be", "x".repeat(5000), "too long"],
    ["nothing", "", "too short"],
  ] as const
) {
  Deno.test(`a token of ${name}: ${fault ?? "fine"}`, () => assert.equal(tokenFault(text), fault));
}

Deno.test("a token of ours has nothing that a header or a URL would change", () => {
  const token = tokenOf(new Uint8Array(32).fill(0xff));
  assert.match(token, /^[\w-]{43}$/);
  assert.equal(tokenFault(token), undefined);
});
