import assert from "node:assert/strict";
import { hostsOf } from "../../src/serve/addresses.ts";
import { containerDocument } from "../../src/serve/document.ts";
import type { HttpRequest } from "../../src/platform/http_server.ts";
import { judge, refusalBody } from "../../src/serve/judge.ts";
import { Secret } from "../../src/sops/secret.ts";

const token = "kZ3v8qY0Jm5nT1xW7bC2dF4gH6jL9pRs";
const rules = {
  hosts: hostsOf([{ address: "127.0.0.1", port: 9911 }]),
  token: new TextEncoder().encode(token),
  profiles: ["default", "ci"],
} as const;
const good: HttpRequest = {
  method: "GET",
  target: "/",
  hosts: ["127.0.0.1:9911"],
  authorizations: [token],
  hasBody: false,
};

// deno-fmt-ignore -- a table
const given: readonly (readonly [name: string, change: Partial<HttpRequest>, profile: string])[] = [
  ["/", {}, "default"],
  ["/ by its name", { target: "/default" }, "default"],
  ["/ci", { target: "/ci" }, "ci"],
  ["a query", { target: "/ci?x=/default" }, "ci"],
  ["a host without a port", { hosts: ["127.0.0.1"] }, "default"],
  ["another port, which was forwarded", { hosts: ["127.0.0.1:80"] }, "default"],
  ["localhost", { hosts: ["LOCALHOST:9911"] }, "default"],
  ["the address of ECS", { hosts: ["169.254.170.2"] }, "default"],
  ["the addresses of EKS", { hosts: ["[fd00:ec2::23]:9911"] }, "default"],
];
for (const [name, change, profile] of given) {
  Deno.test(`serve gives for ${name}`, () => {
    assert.deepEqual(judge({ ...good, ...change }, rules), { profile });
  });
}

// deno-fmt-ignore -- a table
const refused: readonly (readonly [name: string, change: Partial<HttpRequest>, status: number, code: string])[] = [
  ["a name that was made to point here (DNS rebinding)", { hosts: ["evil.example:9911"] }, 403, "HostNotAllowed"],
  ["such a name that looks like an address", { hosts: ["127.0.0.1.evil.example"] }, 403, "HostNotAllowed"],
  ["such a name behind a user's", { hosts: ["127.0.0.1@evil.example"] }, 403, "HostNotAllowed"],
  ["another address", { hosts: ["192.0.2.1:9911"] }, 403, "HostNotAllowed"],
  ["an address in other words", { hosts: ["2130706433"] }, 403, "HostNotAllowed"],
  ["a loopback that it does not listen on", { hosts: ["[::1]:9911"] }, 403, "HostNotAllowed"],
  ["an empty host", { hosts: [""] }, 403, "HostNotAllowed"],
  ["a host with a path", { hosts: ["127.0.0.1/x"] }, 403, "HostNotAllowed"],
  ["no host", { hosts: [] }, 400, "BadRequest"],
  ["two hosts", { hosts: ["127.0.0.1", "evil.example"] }, 400, "BadRequest"],
  ["no token", { authorizations: [] }, 401, "MissingToken"],
  ["an empty token", { authorizations: [""] }, 401, "MissingToken"],
  ["another token", { authorizations: ["x".repeat(token.length)] }, 401, "InvalidToken"],
  ["the token's begin", { authorizations: [token.slice(0, -1)] }, 401, "InvalidToken"],
  ["the token and more", { authorizations: [`${token}x`] }, 401, "InvalidToken"],
  ["Bearer before the token", { authorizations: [`Bearer ${token}`] }, 401, "InvalidToken"],
  ["two tokens", { authorizations: [token, "x"] }, 400, "BadRequest"],
  ["POST", { method: "POST" }, 405, "MethodNotAllowed"],
  ["HEAD", { method: "HEAD" }, 405, "MethodNotAllowed"],
  ["OPTIONS without a token, as a browser asks first", { method: "OPTIONS", authorizations: [] }, 401, "MissingToken"],
  ["a body", { hasBody: true }, 400, "BadRequest"],
  ["a proxy's request", { target: "http://169.254.169.254/" }, 400, "BadRequest"],
  ["*", { target: "*" }, 400, "BadRequest"],
  ["another profile", { target: "/prod" }, 404, "UnknownProfile"],
  ["another profile without a token", { target: "/prod", authorizations: [] }, 401, "MissingToken"],
  ["more than a profile", { target: "/ci/" }, 404, "UnknownProfile"],
  ["dots", { target: "/x/../ci" }, 404, "UnknownProfile"],
  ["two slashes", { target: "//ci" }, 404, "UnknownProfile"],
];
for (const [name, change, status, code] of refused) {
  Deno.test(`serve refuses ${name}: ${status} ${code}`, () => {
    const verdict = judge({ ...good, ...change }, rules);
    assert.ok("status" in verdict, "it was given");
    assert.equal(verdict.status, status);
    assert.equal(verdict.code, code);
    const body = JSON.parse(refusalBody(verdict));
    assert.deepEqual(Object.keys(body), ["Code", "Message"]);
    assert.ok(!JSON.stringify(body).includes(token));
  });
}

Deno.test("a server for every address goes by any address, and still by no name", () => {
  const every = { ...rules, hosts: hostsOf([{ address: "0.0.0.0", port: 80 }]) };
  const at = (host: string) => judge({ ...good, hosts: [host] }, every);
  for (const host of ["192.0.2.1:80", "[2001:db8::1]", "localhost", "127.0.0.1"]) {
    assert.deepEqual(at(host), { profile: "default" }, host);
  }
  for (const host of ["evil.example", "256.1.1.1", "1.2.3", "[evil]"]) {
    assert.ok("status" in at(host), host);
  }
});

const instant = (text: string) => Temporal.Instant.from(text);
Deno.test("the answer has what SDKs want, with whole seconds", () => {
  const held = {
    accessKeyId: "ASIAIOSFODNN7EXAMPLE",
    secretAccessKey: new Secret("secret"),
    sessionToken: new Secret("token"),
    issued: instant("2026-11-22T10:00:00Z"),
    expires: instant("2026-11-22T11:00:00.9Z"),
  };
  assert.deepEqual(JSON.parse(containerDocument(held)), {
    AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
    SecretAccessKey: "secret",
    Token: "token",
    Expiration: "2026-11-22T11:00:00Z",
  });
  const { sessionToken: _, ...key } = held;
  assert.equal(JSON.parse(containerDocument(key)).Token, "");
});
