import type { Hindrance } from "../../aws/model_list.ts";

/** A model that cannot be pinned, because it would not answer. */
export class ModelError extends Error {
  override name = "ModelError";
  /** @param about.listed whether the region's models could be listed */
  constructor(
    readonly model: string,
    readonly why: Hindrance | "unknown",
    readonly region: string,
    readonly about: { readonly suggestion?: string; readonly listed: boolean },
  ) {
    super(`Cannot pin "${model}": ${why}`);
  }
}
