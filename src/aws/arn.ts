// Parts of ARNs: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html

/** @returns 12 digits; nothing for a resource without an account */
export function accountOf(arn: string): string | undefined {
  return arn.split(":")[4] || undefined;
}

/** @returns `user/claude-dev` of `arn:aws:iam::123456789012:user/claude-dev` */
export function resourceOf(arn: string): string {
  return arn.replace(/^arn:(?:[^:]*:){4}/, "");
}

/** The role behind a role's session, without its path, which STS does not tell; else as given. */
export function roleArnOf(arn: string): string {
  return arn.replace(/^(arn:[^:]*):sts::(\d+):assumed-role\/([^/]+)\/.*$/, "$1:iam::$2:role/$3");
}

/** @param region `us-east-1` */
export function partitionOf(region: string): string {
  return region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
