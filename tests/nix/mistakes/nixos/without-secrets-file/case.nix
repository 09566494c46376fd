{
  credsmith = {
    enable = true;
  };
}
