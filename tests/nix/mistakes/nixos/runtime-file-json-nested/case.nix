{
  credsmith = {
    enable = true;
    runtimeSecretsFile = "/var/lib/credsmith/aws.json";
    profiles = [
      "ci"
      "default"
    ];
  };
}
