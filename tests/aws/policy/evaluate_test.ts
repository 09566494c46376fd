import assert from "node:assert/strict";
import { contextOf } from "../../../src/aws/policy/conditions.ts";
import { parsePolicy } from "../../../src/aws/policy/document.ts";
import { evaluate, type NamedPolicy } from "../../../src/aws/policy/evaluate.ts";

// Policies and answers are those of AWS's own documentation: the IAM User Guide ("Policy evaluation
// logic", "Condition operators", "Permissions boundaries", "Example policies") and the Amazon
// Bedrock User Guide ("Prerequisites for inference profiles").

type Json = Readonly<Record<string, unknown>>;

const named = (name: string, ...statements: readonly Json[]): NamedPolicy => ({
  name,
  policy: parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: statements }), name),
});
const allow = (Action: unknown, Resource: unknown = "*", Condition?: Json): Json => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition ? { Condition } : {}),
});
const deny = (Action: unknown, Resource: unknown = "*", Condition?: Json): Json => ({
  ...allow(Action, Resource, Condition),
  Effect: "Deny",
});

type Row = readonly [
  name: string,
  statements: readonly Json[],
  request: readonly [action: string, resource: string],
  values: Readonly<Record<string, readonly string[]>>,
  kind: string,
];

const bucket = "arn:aws:s3:::amzn-s3-demo-bucket";
const onlyWithMfa = {
  Effect: "Deny",
  NotAction: ["iam:ListMFADevices", "sts:GetSessionToken"],
  Resource: "*",
  Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
};
const plainMfa = deny("s3:*", "*", { Bool: { "aws:MultiFactorAuthPresent": "false" } });
const fromOffice = deny("*", "*", {
  NotIpAddress: { "aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"] },
  Bool: { "aws:ViaAWSService": "false" },
});
const summer = allow("service-prefix:action-name", "*", {
  DateGreaterThan: { "aws:CurrentTime": "2020-04-01T00:00:00Z" },
  DateLessThan: { "aws:CurrentTime": "2020-06-30T23:59:59Z" },
});
const homes = allow("s3:ListBucket", bucket, {
  StringLike: { "s3:prefix": ["", "home/", "home/${aws:username}/*"] },
});
const attributes = (set: string) =>
  allow("dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/Thread", {
    [`${set}:StringEquals`]: { "dynamodb:Attributes": ["ID", "Message", "Tags"] },
  });
const profileArn =
  "arn:aws:bedrock:us-west-2:111122223333:inference-profile/us.anthropic.claude-3-haiku-20240307-v1:0";
const haiku = "anthropic.claude-3-haiku-20240307-v1:0";
const throughProfile = [
  allow(["bedrock:InvokeModel*"], [profileArn]),
  allow(["bedrock:InvokeModel*"], [
    `arn:aws:bedrock:us-east-1::foundation-model/${haiku}`,
    `arn:aws:bedrock:us-west-2::foundation-model/${haiku}`,
  ], { StringLike: { "bedrock:InferenceProfileArn": profileArn } }),
];
const viaProfile = { "bedrock:InferenceProfileArn": [profileArn] };

// deno-fmt-ignore -- a table
const rows: readonly Row[] = [
  ["nothing allows what no policy names", [allow("s3:GetObject")], ["s3:PutObject", bucket], {}, "not allowed"],
  ["an explicit deny wins over an allow", [allow("s3:*"), deny("s3:DeleteBucket", bucket)], ["s3:DeleteBucket", bucket], {}, "denied"],
  ["a deny of another resource does not", [allow("s3:*"), deny("s3:*", `${bucket}2`)], ["s3:ListBucket", bucket], {}, "allowed"],
  ["actions are not told apart by capitals", [allow("IAM:listaccesskeys")], ["iam:ListAccessKeys", "*"], {}, "allowed"],
  ["a ? stands for one character", [allow("iam:ListUser?")], ["iam:ListUsers", "*"], {}, "allowed"],
  ["a wildcard in an action covers what begins so", [allow("iam:*AccessKey*")], ["iam:GetAccessKeyLastUsed", "*"], {}, "allowed"],
  ["an ARN's parts are compared one by one", [allow("sqs:*", "arn:aws:sqs:*:111122223333:*")], ["sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:queue"], {}, "allowed"],
  ["a wildcard does not reach into another part", [allow("sqs:*", "arn:aws:sqs:*:queue")], ["sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:queue"], {}, "not allowed"],
  ["an ARN with fewer parts is completed by stars", [allow("sqs:*", "arn:aws:sqs")], ["sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:queue"], {}, "allowed"],
  ["resources keep their capitals", [allow("s3:*", bucket.toUpperCase())], ["s3:ListBucket", bucket], {}, "not allowed"],
  ["NotResource is all else", [{ Effect: "Deny", Action: "s3:*", NotResource: [bucket, `${bucket}/*`] }, allow("s3:*")], ["s3:ListBucket", "arn:aws:s3:::other"], {}, "denied"],
  ["NotResource leaves out what it names", [{ Effect: "Deny", Action: "s3:*", NotResource: [bucket, `${bucket}/*`] }, allow("s3:*")], ["s3:GetObject", `${bucket}/a`], {}, "allowed"],
  ["NotResource may leave out a part of what is asked for", [{ Effect: "Allow", Action: "s3:*", NotResource: [`${bucket}/a`] }], ["s3:GetObject", `${bucket}/*`], {}, "depends"],
  ["NotResource leaves out nothing where there are no resources", [{ Effect: "Allow", Action: "sts:*", NotResource: [bucket] }], ["sts:GetSessionToken", "*"], {}, "allowed"],
  ["NotAction allows all else", [{ Effect: "Allow", NotAction: "iam:*", Resource: "*" }], ["s3:GetObject", bucket], {}, "allowed"],
  ["NotAction leaves out what it names", [{ Effect: "Allow", NotAction: "iam:*", Resource: "*" }], ["iam:CreateUser", "*"], {}, "not allowed"],

  ["without a device BoolIfExists denies a session", [allow("*"), onlyWithMfa], ["s3:ListBucket", bucket], { "aws:MultiFactorAuthPresent": ["false"] }, "denied"],
  ["without a device BoolIfExists denies a key", [allow("*"), onlyWithMfa], ["s3:ListBucket", bucket], {}, "denied"],
  ["with a device it does not", [allow("*"), onlyWithMfa], ["s3:ListBucket", bucket], { "aws:MultiFactorAuthPresent": ["true"] }, "allowed"],
  ["what NotAction names goes without", [allow("*"), onlyWithMfa], ["sts:GetSessionToken", "*"], {}, "allowed"],
  ["a plain Bool deny hits a session", [allow("*"), plainMfa], ["s3:ListBucket", bucket], { "aws:MultiFactorAuthPresent": ["false"] }, "denied"],
  ["a plain Bool deny does not hit a key", [allow("*"), plainMfa], ["s3:ListBucket", bucket], {}, "allowed"],

  ["an address outside is denied", [allow("*"), fromOffice], ["s3:ListBucket", bucket], { "aws:SourceIp": ["198.51.100.7"], "aws:ViaAWSService": ["false"] }, "denied"],
  ["an address inside is not", [allow("*"), fromOffice], ["s3:ListBucket", bucket], { "aws:SourceIp": ["203.0.113.9"], "aws:ViaAWSService": ["false"] }, "allowed"],
  ["what AWS does on one's behalf is not", [allow("*"), fromOffice], ["s3:ListBucket", bucket], { "aws:SourceIp": ["198.51.100.7"], "aws:ViaAWSService": ["true"] }, "allowed"],
  ["within the dates it is allowed", [summer], ["service-prefix:action-name", "*"], { "aws:CurrentTime": ["2020-05-01T00:00:00Z"] }, "allowed"],
  ["after the dates it is not", [summer], ["service-prefix:action-name", "*"], { "aws:CurrentTime": ["2020-07-01T00:00:00Z"] }, "not allowed"],
  ["a variable stands for the user's name", [homes], ["s3:ListBucket", bucket], { "s3:prefix": ["home/maria/a"], "aws:username": ["maria"] }, "allowed"],
  ["and for no other", [homes], ["s3:ListBucket", bucket], { "s3:prefix": ["home/arnav/a"], "aws:username": ["maria"] }, "not allowed"],
  ["values of one key are alternatives", [homes], ["s3:ListBucket", bucket], { "s3:prefix": ["home/"], "aws:username": ["maria"] }, "allowed"],
  ["a key that is missing fits nothing", [homes], ["s3:ListBucket", bucket], { "aws:username": ["maria"] }, "not allowed"],
  ["conditions are all demanded", [allow("s3:*", "*", { StringEquals: { "aws:a": "1", "aws:b": "2" } })], ["s3:ListBucket", bucket], { "aws:a": ["1"], "aws:b": ["3"] }, "not allowed"],
  ["StringEquals knows capitals", [allow("s3:*", "*", { StringEquals: { "aws:a": "X" } })], ["s3:ListBucket", bucket], { "aws:a": ["x"] }, "not allowed"],
  ["StringEqualsIgnoreCase does not", [allow("s3:*", "*", { StringEqualsIgnoreCase: { "aws:a": "X" } })], ["s3:ListBucket", bucket], { "aws:a": ["x"] }, "allowed"],
  ["StringNotEquals holds where none fits", [allow("s3:*", "*", { StringNotEquals: { "aws:a": ["x", "y"] } })], ["s3:ListBucket", bucket], { "aws:a": ["z"] }, "allowed"],
  ["StringNotEquals fails where one fits", [allow("s3:*", "*", { StringNotEquals: { "aws:a": ["x", "y"] } })], ["s3:ListBucket", bucket], { "aws:a": ["y"] }, "not allowed"],
  ["StringNotEquals holds where the key is missing", [allow("s3:*", "*", { StringNotEquals: { "aws:a": "x" } })], ["s3:ListBucket", bucket], {}, "allowed"],
  ["IfExists holds where the key is missing", [allow("s3:*", "*", { StringEqualsIfExists: { "aws:a": "x" } })], ["s3:ListBucket", bucket], {}, "allowed"],
  ["Null true wants the key to be missing", [allow("s3:*", "*", { Null: { "aws:TokenIssueTime": "true" } })], ["s3:ListBucket", bucket], {}, "allowed"],
  ["Null false wants it to be there", [allow("s3:*", "*", { Null: { "aws:TokenIssueTime": "false" } })], ["s3:ListBucket", bucket], {}, "not allowed"],
  ["numbers are compared as numbers", [allow("s3:*", "*", { NumericLessThanEquals: { "s3:max-keys": "10" } })], ["s3:ListBucket", bucket], { "s3:max-keys": ["9"] }, "allowed"],
  ["ForAllValues wants each value to fit", [attributes("ForAllValues")], ["dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:1:table/Thread"], { "dynamodb:Attributes": ["ID", "PostDate"] }, "not allowed"],
  ["ForAllValues holds for none", [attributes("ForAllValues")], ["dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:1:table/Thread"], {}, "allowed"],
  ["ForAnyValue wants one", [attributes("ForAnyValue")], ["dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:1:table/Thread"], { "dynamodb:Attributes": ["ID", "PostDate"] }, "allowed"],
  ["ForAnyValue holds for none, also where it is negated", [allow("s3:*", "*", { "ForAnyValue:StringNotEquals": { "aws:TagKeys": "x" } })], ["s3:ListBucket", bucket], {}, "not allowed"],

  ["the profile may be invoked", throughProfile, ["bedrock:InvokeModelWithResponseStream", profileArn], viaProfile, "allowed"],
  ["and the model where it leads", throughProfile, ["bedrock:InvokeModel", `arn:aws:bedrock:us-east-1::foundation-model/${haiku}`], viaProfile, "allowed"],
  ["the model by itself may not", throughProfile, ["bedrock:InvokeModel", `arn:aws:bedrock:us-east-1::foundation-model/${haiku}`], {}, "not allowed"],
  ["nor elsewhere", throughProfile, ["bedrock:InvokeModel", `arn:aws:bedrock:eu-west-1::foundation-model/${haiku}`], viaProfile, "not allowed"],
];

for (const [name, statements, [action, resource], values, kind] of rows) {
  Deno.test(`IAM's decision: ${name}`, () => {
    const context = contextOf(values, true);
    assert.equal(evaluate({ action, resource, context }, [named("p", ...statements)]).kind, kind);
  });
}

const boundary = named("boundary", allow(["s3:*", "cloudwatch:*", "ec2:*"]));

Deno.test("a boundary grants nothing, and what is outside of it is not granted", () => {
  const decide = (policy: NamedPolicy, action: string) =>
    evaluate({ action, resource: "*", context: contextOf({}, true) }, [policy], boundary).kind;
  assert.equal(decide(named("p", allow("iam:CreateUser")), "iam:CreateUser"), "outside boundary");
  assert.equal(decide(named("p", allow("iam:CreateUser")), "s3:ListBucket"), "not allowed");
  assert.equal(decide(named("p", allow("s3:*")), "s3:ListBucket"), "allowed");
});

Deno.test("a deny in the boundary wins too, and says where it stands", () => {
  const decision = evaluate(
    { action: "s3:ListBucket", resource: "*", context: contextOf({}, true) },
    [named("p", allow("*"))],
    named("limits", allow("*"), { ...deny("s3:*"), Sid: "NoS3" }),
  );
  assert.deepEqual(decision, { kind: "denied", by: [{ policy: "limits", sid: "NoS3" }] });
});

Deno.test("what depends on a request that nobody has made yet is left open", () => {
  const decide = (...statements: Json[]) =>
    evaluate(
      { action: "s3:ListBucket", resource: bucket, context: contextOf({}) },
      [named("p", ...statements)],
    ).kind;
  assert.equal(
    decide(allow("*", "*", { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } })),
    "depends",
  );
  assert.equal(decide(allow("*"), fromOffice), "depends");
  assert.equal(decide(allow("*"), deny("s3:*"), fromOffice), "denied");
  assert.equal(decide(allow("*", "*", { BinaryEquals: { "aws:a": "eA==" } })), "depends");
  assert.equal(decide(allow("s3:*", `${bucket}/\${aws:username}`)), "depends");
});

Deno.test("policies of the older version have no variables", () => {
  const text = JSON.stringify({ Statement: allow("s3:*", "arn:aws:s3:::${aws:username}") });
  const policy = parsePolicy(text, "old");
  const decide = (resource: string) =>
    evaluate(
      { action: "s3:ListBucket", resource, context: contextOf({ "aws:username": ["maria"] }) },
      [{ name: "old", policy }],
    ).kind;
  assert.equal(decide("arn:aws:s3:::maria"), "not allowed");
  assert.equal(decide("arn:aws:s3:::${aws:username}"), "allowed");
});

const broken: readonly (readonly [name: string, text: string])[] = [
  ["that is no JSON", "{"],
  ["that is a list", "[]"],
  ["of another version", `{"Version":"2030-01-01","Statement":[]}`],
  ["with no effect", `{"Statement":[{"Action":"*","Resource":"*"}]}`],
  [
    "with Action and NotAction",
    `{"Statement":{"Effect":"Deny","Action":"*","NotAction":"a:b","Resource":"*"}}`,
  ],
  ["without a resource", `{"Statement":{"Effect":"Deny","Action":"*"}}`],
  ["with a number for an action", `{"Statement":{"Effect":"Deny","Action":7,"Resource":"*"}}`],
  [
    "with a condition that is a text",
    `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":"x"}}`,
  ],
];
for (const [name, text] of broken) {
  Deno.test(`a policy ${name} is refused`, () => {
    assert.throws(() => parsePolicy(text, "p"), { name: "PolicyError" });
  });
}
