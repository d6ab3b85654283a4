# Signs in and sets the AWS variables of this PowerShell (5.1 and later) and of what it starts.
#
#   . .\saml_aws_environment.ps1 -r REGION -a ROLE_ARN -p PROVIDER_ARN [-c] [FLAG...]
#
#   -r REGION         --region
#   -a ROLE_ARN       --role-arn
#   -p PROVIDER_ARN   --saml-provider-arn
#   -c                --console: the browser goes on to the AWS console
#   FLAG...           any other flag of "stssamldriver env"
#
# STSSAMLDRIVER_COMMAND is the driver, where it is neither in PATH nor in ..\dist beside this file.
#
# $LASTEXITCODE is what the driver ended with. Unless that is 0, nothing has changed. Only the AWS variables
# stay. Environment variables belong to the process here: with or without the dot is the same, but a
# PowerShell that is started for this file alone (powershell -File) takes them with it when it ends.

# A block of its own, so that nothing stays where this file is dot-sourced.
& {
    param([string] $Here, [string] $Me, [object[]] $Rest)

    # Neither the caller's strictness nor its wish to stop at errors decides about what is said here.
    $ErrorActionPreference = 'Continue'
    $PSNativeCommandUseErrorActionPreference = $false
    $say = { param($text) [Console]::Error.WriteLine("saml_aws_environment.ps1: $text") }
    $usage = 'Usage: . .\saml_aws_environment.ps1 -r REGION -a ROLE_ARN -p PROVIDER_ARN [-c] [FLAG of stssamldriver env...]'

    # powershell -File FILE, pwsh FILE: what they set ends with them, unless a prompt follows.
    $line = @([Environment]::GetCommandLineArgs())
    for ($i = 1; $i -lt $line.Count; $i++) {
        $isFile = $i -eq 1 -or $line[$i - 1] -match '^[-/]f(i(le?)?)?$'
        if ($isFile -and ($line[$i] -replace '^.*[\\/]') -eq $Me -and $line -notcontains '-NoExit') {
            & $say 'this has to be run in a PowerShell that stays, or its variables would be gone with it'
            [Console]::Error.WriteLine($usage)
            exit 2
        }
    }

    $names = @{ '-r' = '--region'; '-a' = '--role-arn'; '-p' = '--saml-provider-arn' }
    $words = @()
    for ($i = 0; $i -lt $Rest.Count; $i++) {
        $word = [string] $Rest[$i]
        # PowerShell hands -r:x on as "-r:" and "x".
        $letter = $word -creplace '^(-[rap]):$', '$1'
        if ($names.ContainsKey($letter)) {
            if ($i + 1 -ge $Rest.Count) {
                & $say "$letter needs a value"
                [Console]::Error.WriteLine($usage)
                $global:LASTEXITCODE = 2
                return
            }
            $i++
            $words += $names[$letter], [string] $Rest[$i]
        }
        elseif ($word -eq '-c') { $words += '--console' }
        elseif ($word -eq '-h' -or $word -eq '--help') {
            [Console]::Error.WriteLine($usage)
            $global:LASTEXITCODE = 0
            return
        }
        elseif ($word -match '^-[^-]') {
            & $say "there is no $word"
            [Console]::Error.WriteLine($usage)
            $global:LASTEXITCODE = 2
            return
        }
        else { $words += $word }
    }

    $driver = $env:STSSAMLDRIVER_COMMAND
    if (-not $driver) {
        $built = Join-Path (Join-Path (Split-Path -Parent $Here) 'dist') 'stssamldriver'
        if (Get-Command -CommandType Application -Name stssamldriver -ErrorAction SilentlyContinue) { $driver = 'stssamldriver' }
        elseif (Test-Path -PathType Leaf "$built.exe") { $driver = "$built.exe" }
        elseif (Test-Path -PathType Leaf $built) { $driver = $built }
        else {
            & $say 'stssamldriver is not in PATH; STSSAMLDRIVER_COMMAND can say where it is'
            $global:LASTEXITCODE = 127
            return
        }
    }

    # A driver that could not even be started must not pass for the last one that could.
    $global:LASTEXITCODE = 127
    $code = @(& $driver env --shell powershell @words)
    if ($LASTEXITCODE -ne 0 -or $code.Count -eq 0) { return }
    # Help, a version, another shell: what is no code for this one must not be run.
    if (-not ([string] $code[0]).StartsWith('$env:AWS_ACCESS_KEY_ID = ', [StringComparison]::Ordinal)) {
        & $say 'the driver did not print variables, so none have been set'
        $global:LASTEXITCODE = 2
        return
    }
    foreach ($statement in $code) { Invoke-Expression $statement }
} $PSScriptRoot (Split-Path -Leaf $PSCommandPath) $args
