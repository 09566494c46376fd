/** What the person said on the command line; what is missing is asked for, or has a default. */
export type InitFlags = {
  readonly from?: string;
  readonly profile: string;
  readonly region?: string;
  readonly model?: string;
  readonly recipient?: readonly string[];
  readonly hostKey?: boolean;
  readonly hostKeyFile: string;
  readonly recovery?: boolean;
  readonly recoveryFile?: string;
  readonly withoutMe: boolean;
  readonly claude?: boolean;
  readonly keepPlaintext: boolean;
  readonly offline: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly reveal: boolean;
  readonly json: boolean;
  readonly file?: string;
};

/** The forms of `--from`, for help and for errors. */
export const fromForms = "claude, aws:PROFILE, env, csv[:FILE], stdin, ask or none";
