import type { Engine } from "../engine.ts";

/** What was asked of `aws-config`. */
export type AwsConfigFlags = {
  readonly engine?: Engine;
  readonly file?: string;
  readonly manifest?: string;
  readonly awsProfile?: string;
  readonly region?: string;
  readonly static: boolean;
  readonly reveal: boolean;
  readonly replace: boolean;
  readonly remove: boolean;
  readonly print: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
};
