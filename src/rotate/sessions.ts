/** Name of the inline policy that cuts sessions off. */
export const sessionsPolicyName = "CredsmithRevokeOlderSessions";

/**
 * A policy that denies everything to sessions that were given out before a moment. Requests that a
 * long-term key signs have no `aws:TokenIssueTime`, so it does not touch them. It does not reach the
 * sessions of roles that the key assumed; those are cut off at the role, by the same policy.
 *
 * @see AWS IAM User Guide, "Revoke IAM role temporary security credentials"
 */
export function sessionsPolicy(before: Temporal.Instant): string {
  return JSON.stringify(
    {
      Version: "2012-10-17",
      Statement: [{
        Sid: "DenySessionsFromBefore",
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: {
          DateLessThan: { "aws:TokenIssueTime": before.toString({ smallestUnit: "second" }) },
        },
      }],
    },
    null,
    2,
  );
}
