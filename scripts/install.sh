#!/bin/sh
# Installs stssamldriver on Linux and macOS, for this user alone:
#
#   curl -fsSL https://github.com/sts-saml-driver/sts-saml-driver/releases/latest/download/install.sh | sh
#
# It downloads the archive for this machine, compares it with the release's SHA256SUMS before it unpacks or runs
# anything, and moves the executable to its place when all of that went well. Run again, it upgrades.
#
#   STSSAMLDRIVER_INSTALL_DIR   where the executable goes; default ~/.local/bin
#   STSSAMLDRIVER_VERSION       which version; default the latest
#   STSSAMLDRIVER_DOWNLOAD_URL  where the release's files are instead: a base URL, or a folder on this machine
#
# Everything is in functions, and the last line starts: a download that was cut off does nothing.

repository=https://github.com/sts-saml-driver/sts-saml-driver
program=stssamldriver
work=''
made=''
line_feed='
'

say() { printf '%s\n' "$1"; }

# fail MESSAGE [HINT]; of a message in several lines, as programs have them, the first one.
fail() {
  printf 'Cannot install %s: %s\n' "$program" "${1%%"$line_feed"*}" >&2
  [ -z "${2-}" ] || printf '%s\n' "$2" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# Found out early; where there is no ldd, the executable fails later, in the loader's words.
is_musl() {
  case $(ldd --version 2>&1) in *musl*) return 0 ;; esac
  return 1
}

# Sets `asset`.
choose_asset() {
  case $(uname -s) in
    Linux) system=linux ;;
    Darwin) system=macos ;;
    MINGW* | MSYS* | CYGWIN*) fail "this script is for Linux and macOS" "On Windows run install.ps1 in PowerShell." ;;
    *) fail "there is no executable for $(uname -s)" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) processor=x64 ;;
    aarch64 | arm64) processor=arm64 ;;
    *) fail "there is no executable for $(uname -m), only for x86_64 and arm64" ;;
  esac
  # A shell that Rosetta translates believes to be on an Intel processor.
  if [ "$system-$processor" = macos-x64 ] && [ "$(sysctl -n hw.optional.arm64 2>/dev/null)" = 1 ]; then
    processor=arm64
  fi
  if [ "$system" = linux ] && is_musl; then
    fail "this system uses musl; the executable needs glibc 2.27 or newer" \
      "On Alpine run it in a container of another distribution, such as Debian."
  fi
  if [ "$system" = linux ] && [ "$(getconf LONG_BIT 2>/dev/null)" = 32 ]; then
    fail "this system is a 32-bit one; there are executables for 64-bit systems only"
  fi
  asset=$program-$system-$processor.tar.gz
}

# Sets `from`, and `wanted`, the version that was asked for.
choose_source() {
  wanted=${STSSAMLDRIVER_VERSION-}
  wanted=${wanted#v}
  case $wanted in
    latest) wanted= ;;
    *[!0-9A-Za-z.+-]*) fail "\"$wanted\" in STSSAMLDRIVER_VERSION is not a version; expected one such as 1.0.0" ;;
  esac
  from=${STSSAMLDRIVER_DOWNLOAD_URL-}
  case $from in
    '')
      from=$repository/releases/latest/download
      [ -z "$wanted" ] || from=$repository/releases/download/v$wanted
      ;;
    http://* | https://*) ;;
    file://localhost/*) from=${from#file://localhost} ;;
    file:///*) from=${from#file://} ;;
    *://*) fail "\"$from\" in STSSAMLDRIVER_DOWNLOAD_URL is not an https, http or file URL, or a folder" ;;
  esac
  while [ "$from" != / ] && [ "$from" != "${from%/}" ]; do from=${from%/}; done
}

# Sets `folder`, absolute.
choose_folder() {
  folder=${STSSAMLDRIVER_INSTALL_DIR-}
  if [ -z "$folder" ]; then
    [ -n "${HOME-}" ] || fail "HOME is not set" "Name a folder in STSSAMLDRIVER_INSTALL_DIR."
    folder=$HOME/.local/bin
  fi
  case $folder in
    \~/*) folder=$HOME/${folder#??} ;;
    /*) ;;
    *) folder=$PWD/$folder ;;
  esac
  while [ "$folder" != / ] && [ "$folder" != "${folder%/}" ]; do folder=${folder%/}; done
  [ ! -d "$folder/$program" ] || fail "$folder/$program is a folder"
}

# Makes `folder`, and in it `work`, so that the last step is a rename.
make_folders() {
  # The folders that are not there yet, which go away again if this fails.
  missing=$folder
  while [ ! -e "$missing" ] && [ ! -L "$missing" ]; do
    made=$missing
    missing=${missing%/*}
    [ -n "$missing" ] || missing=/
  done
  problem=$(mkdir -p "$folder" 2>&1) || cannot_write "$problem"
  work=$folder/.$program-install.$$
  problem=$(umask 077 && mkdir "$work" 2>&1) || { work= && cannot_write "$problem"; }
}

# cannot_write PROBLEM
cannot_write() {
  fail "cannot write to $folder: ${1##*: }" "Free some space, change the folder's owner or mode, or name another in \
STSSAMLDRIVER_INSTALL_DIR."
}

# Removes what an installation that failed has left; one that went well has no `made`.
clean_up() {
  [ -z "$work" ] || rm -rf "$work"
  [ -n "$made" ] || return 0
  while rmdir "$folder" 2>/dev/null && [ "$folder" != "$made" ]; do folder=${folder%/*}; done
}

# interrupted CODE: mksh would end with 0, by what the other trap has returned.
interrupted() {
  trap - EXIT
  clean_up
  exit "$1"
}

# fetch NAME: one of the release's files, into `work`.
fetch() {
  url=$from/$1
  case $from in
    https://*) download "$1" --proto =https ;;
    http://*) download "$1" --proto =http,https ;;
    *)
      [ -f "$url" ] || fail "there is no file $url"
      problem=$(cp "$url" "$work/$1" 2>&1) || cannot_copy "$problem"
      ;;
  esac
}

# download NAME FLAGS OF CURL…
download() {
  name=$1
  shift
  if has curl; then
    problem=$(curl --fail --silent --show-error --location "$@" --output "$work/$name" "$url" 2>&1)
    status=$? full=23
  elif has wget; then
    problem=$(wget -q -O "$work/$name" "$url" 2>&1)
    status=$? full=3
    # It says nothing of an answer such as 404 when it is quiet.
    [ "$status" -ne 8 ] || problem="the server has no such file"
  else
    fail "there is neither curl nor wget" "Install one of them, or download the files yourself and name their folder \
in STSSAMLDRIVER_DOWNLOAD_URL."
  fi
  [ "$status" -ne 0 ] || return 0
  [ "$status" -ne "$full" ] || cannot_write "No space left on device"
  cannot_copy "$problem"
}

# Ends with a message of its own if a program could not write all of a file, in whatever words.
check_space() {
  case $1 in
    *'No space left'* | *'hort write'* | *'Wrote only'* | *'rite error'*) cannot_write "No space left on device" ;;
  esac
}

# cannot_copy PROBLEM: of a download.
cannot_copy() {
  check_space "$1"
  fail "cannot download $url: ${1:-the connection failed}"
}

# Prints the SHA-256 of a file.
sum_of() {
  if has sha256sum; then sum=$(sha256sum <"$1")
  elif has shasum; then sum=$(shasum -a 256 <"$1")
  elif has openssl; then sum=$(openssl dgst -sha256 -r <"$1")
  else return 1
  fi
  printf '%s\n' "${sum%% *}"
}

# Compares the archive with the checksums of the release.
check_sum() {
  expected=
  while read -r sum name; do
    [ "${name#\*}" != "$asset" ] || expected=$sum
  done <"$work/SHA256SUMS"
  [ -n "$expected" ] || fail "$from/SHA256SUMS does not list $asset"
  actual=$(sum_of "$work/$asset") ||
    fail "there is none of sha256sum, shasum and openssl to check the download with"
  [ "$actual" = "$expected" ] || fail "the checksum of $from/$asset is wrong" \
    "It is $actual, but SHA256SUMS says $expected. Nothing was unpacked; try again later."
}

# Unpacks the executable, and sees that it runs here.
unpack() {
  problem=$(tar -xzf "$work/$asset" -C "$work" "$program/$program" 2>&1) || {
    check_space "$problem"
    fail "cannot unpack $asset: $problem"
  }
  problem=$(chmod 755 "$work/$program/$program" 2>&1) || cannot_write "$problem"
  said=$("$work/$program/$program" --version 2>&1 </dev/null) ||
    fail "the executable does not run on this system: $said" "It needs glibc 2.27 or newer on Linux."
  version=${said##* }
  [ -z "$wanted" ] || [ "$version" = "$wanted" ] ||
    fail "$from has version $version, not $wanted as STSSAMLDRIVER_VERSION says"
}

# A line that adds `folder` to PATH, for the person's shell.
path_line() {
  case $folder in *[!0-9A-Za-z_./@+-]*) return 1 ;; esac
  case ${SHELL##*/} in
    fish) say "  fish_add_path $folder" ;;
    zsh) say "  echo 'export PATH=\"$folder:\$PATH\"' >>~/.zshrc" ;;
    bash) say "  echo 'export PATH=\"$folder:\$PATH\"' >>~/.bashrc" ;;
    *) say "  echo 'export PATH=\"$folder:\$PATH\"' >>~/.profile" ;;
  esac
}

report() {
  say "Installed $program $version in $folder"
  case :$PATH: in
    *:"$folder":*)
      first=$(command -v "$program")
      [ "$first" = "$folder/$program" ] || say "But $first comes first in your PATH: remove it"
      ;;
    *)
      say "$folder is not in your PATH. Add it, and open a new terminal:"
      path_line || say "  $folder"
      ;;
  esac
  say "Begin:     $program setup"
  say "Upgrade:   run this script again"
  say "Uninstall: $program uninstall"
}

main() {
  [ $# -eq 0 ] || fail "\"$1\" is not an argument: there are none" "Settings are variables: see the script's first lines."
  choose_asset
  choose_source
  choose_folder
  trap clean_up EXIT
  trap 'interrupted 129' HUP
  trap 'interrupted 130' INT
  trap 'interrupted 143' TERM
  make_folders
  fetch SHA256SUMS
  fetch "$asset"
  check_sum
  unpack
  problem=$(mv -f "$work/$program/$program" "$folder/$program" 2>&1) || cannot_write "$problem"
  made=
  report
}

main "$@"
