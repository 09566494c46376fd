{ options, that, ... }:
{
  sops = that "nothing of ours in the host's defaults" (
    _:
    !options.sops.defaultSopsFile.isDefined
    && options.sops.defaultSopsFormat.highestPrio == 1500
    && options.sops.defaultSopsKey.highestPrio == 1500
  );
}
