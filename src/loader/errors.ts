/** A manifest says something that it may not. Manifests hold names and paths, never secrets. */
export class ManifestError extends Error {
  override name = "ManifestError";
  /**
   * @param path where, as a JSON path: `$.profiles.default.files["1X"]`
   * @param reason what is wrong there, a phrase that follows the path
   */
  constructor(readonly path: string, readonly reason: string) {
    super(`${path} ${reason}`);
  }
}

/** A profile was asked for that the manifest or the secrets file does not have. */
export class UnknownProfileError extends Error {
  override name = "UnknownProfileError";
  constructor(readonly profile: string, readonly known: readonly string[]) {
    super(`No profile "${profile}"`);
  }
}

/** A profile has nothing that could be put into an environment, such as one that only has a role. */
export class NothingToLoadError extends Error {
  override name = "NothingToLoadError";
  constructor(readonly profiles: readonly string[]) {
    super(`Nothing to load: ${profiles.join(", ")}`);
  }
}

/** A value cannot stand in an environment. */
export class UnloadableValueError extends Error {
  override name = "UnloadableValueError";
  /** @param reason a phrase that follows the field: `has a NUL byte` */
  constructor(readonly profile: string, readonly field: string, readonly reason: string) {
    super(`${field} of "${profile}" ${reason}`);
  }
}

/** A secret file that a loader would read cannot be read. */
export class SecretFileError extends Error {
  override name = "SecretFileError";
  /**
   * @param directory of the manifest
   * @param file as the manifest has it
   * @param reason `absent`, or there and not for this user
   */
  constructor(
    readonly directory: string,
    readonly file: string,
    readonly reason: "absent" | "not for us",
  ) {
    super(`${file} in ${directory}: ${reason}`);
  }
}
