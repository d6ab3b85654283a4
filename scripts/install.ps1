# Installs stssamldriver on Windows, for this user alone, in Windows PowerShell 5.1 or PowerShell 7:
#
#   irm https://github.com/sts-saml-driver/sts-saml-driver/releases/latest/download/install.ps1 | iex
#
# It downloads the archive, compares it with the release's SHA256SUMS before it unpacks or runs anything, and moves
# the executable to its place when all of that went well. Run again, it upgrades.
#
#   $env:STSSAMLDRIVER_INSTALL_DIR   where the executable goes; default %LOCALAPPDATA%\Programs\stssamldriver
#   $env:STSSAMLDRIVER_VERSION       which version; default the latest
#   $env:STSSAMLDRIVER_DOWNLOAD_URL  where the release's files are instead: a base URL, or a folder on this machine
#
# Everything is in a function, and the last line starts: a download that was cut off does nothing.

function Install-StsSamlDriver {
    $ErrorActionPreference = 'Stop'
    # Drawing it makes downloads several times slower in Windows PowerShell.
    $ProgressPreference = 'SilentlyContinue'
    Set-StrictMode -Version 2

    $repository = 'https://github.com/sts-saml-driver/sts-saml-driver'
    $asset = 'stssamldriver-windows-x64.zip'

    # It throws, since `exit` would close the window in which a person has typed `| iex`.
    function Stop-Install([string] $Message) {
        throw "Cannot install stssamldriver: $Message"
    }

    if ($env:OS -ne 'Windows_NT') {
        Stop-Install 'this script is for Windows. On Linux and macOS run install.sh.'
    }
    if (-not [Environment]::Is64BitOperatingSystem) {
        Stop-Install 'there are executables for 64-bit systems only.'
    }

    $wanted = "$env:STSSAMLDRIVER_VERSION" -replace '^v', ''
    if ($wanted -eq 'latest') { $wanted = '' }
    if ($wanted -notmatch '^[0-9A-Za-z.+-]*$') {
        Stop-Install "`"$wanted`" in STSSAMLDRIVER_VERSION is not a version; expected one such as 1.0.0."
    }
    $from = "$env:STSSAMLDRIVER_DOWNLOAD_URL".TrimEnd('/', '\')
    if ($from -eq '' -and $wanted -eq '') { $from = "$repository/releases/latest/download" }
    elseif ($from -eq '') { $from = "$repository/releases/download/v$wanted" }
    $isWeb = $from -match '^https?://'
    if ($from -match '^file://') { $from = ([Uri] $from).LocalPath }
    elseif (-not $isWeb -and $from -match '^\w+://') {
        Stop-Install "`"$from`" in STSSAMLDRIVER_DOWNLOAD_URL is not an https, http or file URL, or a folder."
    }

    $folder = "$env:STSSAMLDRIVER_INSTALL_DIR"
    if ($folder -eq '') { $folder = Join-Path $env:LOCALAPPDATA 'Programs\stssamldriver' }
    $folder = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($folder)
    $place = Join-Path $folder 'stssamldriver.exe'

    # In the folder itself, so that the last step is a rename.
    $work = Join-Path $folder ".stssamldriver-install.$PID"
    $isNew = -not (Test-Path -LiteralPath $folder)
    $done = $false
    try {
        try {
            $null = New-Item -ItemType Directory -Force -Path $folder
            $null = New-Item -ItemType Directory -Path $work
        } catch {
            Stop-Install "cannot write to ${folder}: $($_.Exception.Message)"
        }

        # Windows PowerShell would not offer it by itself on older systems.
        [Net.ServicePointManager]::SecurityProtocol =
            [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
        foreach ($name in 'SHA256SUMS', $asset) {
            $target = Join-Path $work $name
            try {
                if ($isWeb) { Invoke-WebRequest -UseBasicParsing -Uri "$from/$name" -OutFile $target }
                else { Copy-Item -LiteralPath (Join-Path $from $name) -Destination $target }
            } catch {
                Stop-Install "cannot download $from/${name}: $($_.Exception.Message)"
            }
        }

        $expected = $null
        foreach ($line in Get-Content -LiteralPath (Join-Path $work 'SHA256SUMS')) {
            $sum, $name = $line -split '\s+\*?', 2
            if ($name -eq $asset) { $expected = $sum }
        }
        if (-not $expected) { Stop-Install "$from/SHA256SUMS does not list $asset." }
        $archive = Join-Path $work $asset
        $actual = (Get-FileHash -LiteralPath $archive -Algorithm SHA256).Hash
        if ($actual -ne $expected) {
            Stop-Install ("the checksum of $from/$asset is wrong. It is $($actual.ToLower()), but SHA256SUMS says " +
                "$expected. Nothing was unpacked; try again later.")
        }

        $unpacked = Join-Path $work 'unpacked'
        try {
            Expand-Archive -LiteralPath $archive -DestinationPath $unpacked
        } catch {
            Stop-Install "cannot unpack ${asset}: $($_.Exception.Message)"
        }
        $new = Join-Path $unpacked 'stssamldriver\stssamldriver.exe'
        $said = & $new --version
        if ($LASTEXITCODE -ne 0) { Stop-Install 'the executable does not run on this system.' }
        $version = "$said" -replace '^.* ', ''
        if ($wanted -ne '' -and $version -ne $wanted) {
            Stop-Install "$from has version $version, not $wanted as STSSAMLDRIVER_VERSION says."
        }

        # An executable that runs can be renamed, but not replaced.
        $old = Join-Path $folder "stssamldriver.old.exe"
        $isUpgrade = Test-Path -LiteralPath $place
        try {
            if (Test-Path -LiteralPath $old) { Remove-Item -LiteralPath $old -Force }
            if ($isUpgrade) { Move-Item -LiteralPath $place -Destination $old }
            try {
                Move-Item -LiteralPath $new -Destination $place
            } catch {
                if ($isUpgrade) { Move-Item -LiteralPath $old -Destination $place }
                throw
            }
        } catch {
            Stop-Install "cannot write to ${folder}: $($_.Exception.Message)"
        }
        # It stays while it runs, until the next upgrade.
        Remove-Item -LiteralPath $old -Force -ErrorAction SilentlyContinue
        $done = $true
    } finally {
        Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction SilentlyContinue
        if ($isNew -and -not $done) {
            Remove-Item -LiteralPath $folder -ErrorAction SilentlyContinue
        }
    }

    "Installed stssamldriver $version in $folder"
    # As it is written: read through the environment, references such as %USERPROFILE% in it would be lost.
    $key = Get-Item -LiteralPath 'HKCU:\Environment'
    $path = "$($key.GetValue('Path', '', 'DoNotExpandEnvironmentNames'))"
    if (($env:Path -split ';') -notcontains $folder) {
        if (($path -split ';') -notcontains $folder) {
            Set-ItemProperty -LiteralPath 'HKCU:\Environment' -Name Path -Type ExpandString `
                -Value ($path.TrimEnd(';') + ";$folder").TrimStart(';')
            # Setting any variable in this way says to all programs that the environment has changed.
            [Environment]::SetEnvironmentVariable('StsSamlDriverInstalled', '1', 'User')
            [Environment]::SetEnvironmentVariable('StsSamlDriverInstalled', [NullString]::Value, 'User')
        }
        $env:Path += ";$folder"
        "Added $folder to your PATH"
    }
    'Begin:     stssamldriver setup'
    'Upgrade:   run this script again'
    'Uninstall: stssamldriver uninstall'
}

Install-StsSamlDriver
