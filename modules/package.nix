# The program, bundled as for npm and started by nixpkgs' Deno: pkgs.callPackage ./package.nix { }.
{
  lib,
  stdenvNoCC,
  callPackage,
  deno,
  installShellFiles,
  makeBinaryWrapper,
  writeShellScriptBin,
}:
let
  dependencies = callPackage ./package/dependencies.nix { };

  # The bundler is a program for Node in WebAssembly; Deno runs it.
  node = writeShellScriptBin "node" ''
    exec deno run -A --quiet --no-config --no-lock --node-modules-dir=manual \
      --unstable-detect-cjs "$@"
  '';

  # Never asks, never fetches, reads no configuration but what is named; DENO_DIR may be missing.
  denoFlags = [
    "--allow-all"
    "--no-prompt"
    "--quiet"
    "--cached-only"
    "--no-config"
    "--no-lock"
    "--no-npm"
    "--no-remote"
    "--node-modules-dir=manual"
  ];
in
stdenvNoCC.mkDerivation (finalAttrs: {
  pname = "credsmith";
  inherit (lib.importJSON ../deno.json) version;

  # What is bundled, and nothing else: an edit of a page or a test builds nothing anew.
  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../npm/bundle.ts
      ../docs/reference/credsmith.1
      ./direnv/credsmith.sh
      (lib.fileset.fileFilter (file: file.hasExt "ts") ../src)
    ];
  };

  strictDeps = true;
  # The bundle is all that is needed: no library, no bundler.
  disallowedRequisites = [ dependencies.nodeModules ];
  nativeBuildInputs = [
    deno
    installShellFiles
    makeBinaryWrapper
    node
  ];

  configurePhase = ''
    runHook preConfigure
    export HOME=$TMPDIR DENO_DIR=$TMPDIR/deno DENO_NO_UPDATE_CHECK=1
    ln -s ${dependencies.nodeModules} node_modules
    echo ${lib.escapeShellArg (builtins.toJSON { inherit (dependencies) imports; })} >deno.json
    runHook postConfigure
  '';

  buildPhase = ''
    runHook preBuild
    deno run -A --cached-only --no-lock --node-modules-dir=manual npm/bundle.ts
    runHook postBuild
  '';

  installPhase = ''
    runHook preInstall
    mkdir -p $out/lib/credsmith
    cp -r dist $out/lib/credsmith/dist
    makeBinaryWrapper ${lib.getExe deno} $out/bin/credsmith \
      --set DENO_NO_UPDATE_CHECK 1 \
      --add-flags "run ${toString denoFlags} $out/lib/credsmith/dist/main.js"
    for shell in bash zsh fish; do
      deno run ${toString denoFlags} dist/main.js completion $shell >credsmith.$shell
    done
    installShellCompletion credsmith.{bash,zsh,fish}
    installManPage docs/reference/credsmith.1
    install -Dm444 modules/direnv/credsmith.sh -t $out/share/credsmith/direnv
    runHook postInstall
  '';

  doInstallCheck = stdenvNoCC.buildPlatform.canExecute stdenvNoCC.hostPlatform;
  # Whatever Deno nixpkgs has, it has to run this: 2.5 builds it, and cannot decrypt.
  installCheckPhase = ''
    runHook preInstallCheck
    test "$(env -i $out/bin/credsmith --version)" = "credsmith ${finalAttrs.version}"
    region=$(env -i SOPS_AGE_KEY_FILE=${../tests/fixtures/identity.txt} \
      $out/bin/credsmith get aws_region -f ${../secrets/aws.yaml})
    test "$region" = us-east-1
    runHook postInstallCheck
  '';

  passthru = {
    inherit dependencies;
    inherit (dependencies) updateHash;
    tests = removeAttrs (callPackage ./package/tests.nix { credsmith = finalAttrs.finalPackage; }) [
      "override"
      "overrideDerivation"
    ];
  };

  meta = {
    description = "AWS, Bedrock and Claude credentials from an encrypted file in git to every shell, service and container";
    license = lib.licenses.mit;
    mainProgram = "credsmith";
    platforms = lib.platforms.linux ++ lib.platforms.darwin;
  };
})
