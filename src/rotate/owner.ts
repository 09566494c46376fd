import type { UnfitOwner } from "./errors.ts";

/** Whose key it is, from the ARN that STS gives. */
export type Owner =
  | { readonly kind: "user"; readonly user: string; readonly account: string }
  | { readonly kind: "unfit"; readonly owner: UnfitOwner };

/** @param arn `arn:aws:iam::123456789012:user/team/claude-dev` */
export function ownerOf(arn: string): Owner {
  const [, account, rest] = arn.match(/^arn:[\w-]+:(?:iam|sts)::(\d{12}):(.+)$/) ?? [];
  const unfit = (owner: UnfitOwner): Owner => ({ kind: "unfit", owner });
  if (account === undefined || rest === undefined) return unfit("unknown");
  if (rest === "root") return unfit("root");
  const [kind, ...path] = rest.split("/");
  if (kind === "user" && path.length > 0) {
    return { kind: "user", user: path.at(-1)!, account };
  }
  if (kind === "assumed-role") {
    return unfit(path[0]?.startsWith("AWSReservedSSO_") ? "single sign-on" : "assumed role");
  }
  return unfit(kind === "federated-user" ? "federated user" : "unknown");
}
