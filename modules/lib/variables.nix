# The fields of a profile: where they stand in a secrets file, the secret files they become, and the
# variables they fill. The same as src/store/credentials.ts and src/loader/variables.ts.
{ lib }:

rec {
  # In the order in which a loader sets them.
  loadedFields = [
    {
      field = "accessKeyId";
      file = "aws_access_key_id";
      variables = [ "AWS_ACCESS_KEY_ID" ];
      older = "ANTHROPIC_BEDROCK_AWS_ACCESS_KEY_ID";
      exclusive = true;
    }
    {
      field = "secretAccessKey";
      file = "aws_secret_access_key";
      variables = [ "AWS_SECRET_ACCESS_KEY" ];
      older = "ANTHROPIC_BEDROCK_AWS_SECRET_ACCESS_KEY";
      exclusive = true;
    }
    {
      field = "sessionToken";
      file = "aws_session_token";
      variables = [ "AWS_SESSION_TOKEN" ];
      exclusive = true;
    }
    {
      field = "bedrockApiKey";
      file = "aws_bedrock_api_key";
      variables = [ "AWS_BEARER_TOKEN_BEDROCK" ];
      exclusive = true;
    }
    {
      field = "region";
      file = "aws_region";
      variables = [
        "AWS_REGION"
        "AWS_DEFAULT_REGION"
      ];
      older = "ANTHROPIC_BEDROCK_AWS_REGION";
    }
    {
      field = "modelId";
      file = "aws_bedrock_model_id";
      variables = [
        "BEDROCK_MODEL_ID"
        "ANTHROPIC_MODEL"
      ];
    }
    {
      field = "smallModelId";
      file = "aws_bedrock_small_model_id";
      variables = [ "ANTHROPIC_DEFAULT_HAIKU_MODEL" ];
    }
    {
      field = "endpoint";
      file = "aws_bedrock_endpoint";
      variables = [
        "BEDROCK_ENDPOINT"
        "ANTHROPIC_BEDROCK_BASE_URL"
      ];
      exclusive = true;
    }
  ];

  constants = {
    CLAUDE_CODE_USE_BEDROCK = "1";
  };

  # What AWS SDKs or Claude Code would heed in place of the loaded variables.
  overriding = [
    "AWS_PROFILE"
    "AWS_DEFAULT_PROFILE"
    "AWS_SECURITY_TOKEN"
    "AWS_CREDENTIAL_EXPIRATION"
    "CLAUDE_CODE_SKIP_BEDROCK_AUTH"
    "CLAUDE_CODE_USE_VERTEX"
    "CLAUDE_CODE_USE_FOUNDRY"
  ];

  # The keys of `profiles/NAME`.
  namedKeys = {
    accessKeyId = "access_key_id";
    secretAccessKey = "secret_access_key";
    sessionToken = "session_token";
    region = "region";
    modelId = "model_id";
    smallModelId = "small_model_id";
    endpoint = "endpoint";
    roleArn = "role_arn";
    externalId = "external_id";
    bedrockApiKey = "bedrock_api_key";
    source = "source";
  };

  # The paths of the default profile at the top level.
  topPaths = {
    accessKeyId = [ "aws_access_key_id" ];
    secretAccessKey = [ "aws_secret_access_key" ];
    sessionToken = [ "aws_session_token" ];
    region = [ "aws_region" ];
    modelId = [
      "bedrock"
      "model_id"
    ];
    smallModelId = [
      "bedrock"
      "small_model_id"
    ];
    endpoint = [
      "bedrock"
      "endpoint"
    ];
    roleArn = [ "aws_role_arn" ];
    externalId = [ "aws_external_id" ];
    bedrockApiKey = [
      "bedrock"
      "api_key"
    ];
    source = [ "aws_source" ];
  };

  # Fields that make the top level a profile.
  topLevelMarks = [
    "accessKeyId"
    "secretAccessKey"
    "sessionToken"
    "region"
    "roleArn"
    "bedrockApiKey"
    "source"
  ];

  # A Bedrock API key by the order of sources: before a key, but after a role.
  isApiKey = fields: fields ? bedrockApiKey && !(fields ? roleArn) && !(fields ? source);
  # What a loader has of a profile's fields.
  loadedOf =
    fields:
    removeAttrs fields (
      if isApiKey fields then
        [
          "accessKeyId"
          "secretAccessKey"
          "sessionToken"
        ]
      else
        [ "bedrockApiKey" ]
    );

  # What `profiles/default` takes from the top level where it does not say it itself.
  sharedSettings = [
    "modelId"
    "smallModelId"
    "endpoint"
  ];

  # The secret file of a field; null for what no program is given: the role, its external id, the
  # source.
  fileNameOf =
    field: profile:
    let
      found = lib.findFirst (each: each.field == field) null loadedFields;
    in
    if found == null then
      null
    else if profile == "default" then
      found.file
    else
      "aws_${profile}_${lib.removePrefix "aws_" found.file}";

  variablesOf =
    { olderNames }: each: each.variables ++ lib.optional (olderNames && each ? older) each.older;

  unsetFor =
    { olderNames }:
    overriding
    ++ lib.concatMap (each: lib.optionals (each.exclusive or false) each.variables) loadedFields
    ++ lib.concatMap (
      each: lib.optional (each ? older && (!olderNames || each.exclusive or false)) each.older
    ) loadedFields;
}
