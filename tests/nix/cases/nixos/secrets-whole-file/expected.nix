{
  sops.secrets = {
    certificate = {
      format = "binary";
      key = "";
    };
    tokens = {
      format = "yaml";
      key = "";
    };
  };
}
