<#
.SYNOPSIS
Makes the application with which Nightjar reads the audit log of this tenant.
.DESCRIPTION
It gets exactly the permissions below, and no other. Run it in PowerShell with
the modules Microsoft.Graph.Authentication and Microsoft.Graph.Applications, as
Privileged Role Administrator or Global Administrator of the tenant:

    ./nightjar-app.ps1 -Certificate nightjar.crt   upload the certificate that Nightjar made
    ./nightjar-app.ps1                             make a client secret, valid for a year

Permissions (application):
  ActivityFeed.Read (Office 365 Management APIs): reads the audit log of Entra ID, Exchange, SharePoint, OneDrive, Teams and the other services
  ActivityFeed.ReadDlp (Office 365 Management APIs): reads matches of data loss prevention policies, which can hold the sensitive text that matched
#>
#Requires -Modules Microsoft.Graph.Authentication, Microsoft.Graph.Applications
param([string]$Certificate)
$ErrorActionPreference = 'Stop'

Connect-MgGraph -Environment Global -NoWelcome -Scopes 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All'

$permissions = @(
    @{ ResourceAppId = 'c5393580-f805-4401-95e8-94b7a6ef2fc2'; ResourceAccess = @( # Office 365 Management APIs
        @{ Id = '594c1fb6-4f81-4475-ae41-0c394909246c'; Type = 'Role' } # ActivityFeed.Read
        @{ Id = '4807a72c-ad38-4250-94c9-4eabfe26cd55'; Type = 'Role' } # ActivityFeed.ReadDlp
    ) }
)

$app = New-MgApplication -DisplayName 'Nightjar' -SignInAudience 'AzureADMyOrg' -RequiredResourceAccess $permissions
$principal = New-MgServicePrincipal -AppId $app.AppId

# Admin consent, permission by permission: what is not listed is not granted.
foreach ($api in $permissions) {
    $resource = Get-MgServicePrincipal -Filter "appId eq '$($api.ResourceAppId)'"
    if (-not $resource) { $resource = New-MgServicePrincipal -AppId $api.ResourceAppId }
    foreach ($role in $api.ResourceAccess) {
        foreach ($attempt in 1..6) { # what was made a moment ago is not known everywhere yet
            try {
                New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -PrincipalId $principal.Id -ResourceId $resource.Id -AppRoleId $role.Id | Out-Null
                break
            } catch { if ($attempt -eq 6) { throw }; Start-Sleep -Seconds ($attempt * 5) }
        }
    }
}

''
"Directory (tenant) ID:    $((Get-MgContext).TenantId)"
"Application (client) ID:  $($app.AppId)"
if ($Certificate) {
    $x509 = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new((Resolve-Path $Certificate).Path)
    Update-MgApplication -ApplicationId $app.Id -KeyCredentials @(@{
        Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $x509.RawData; DisplayName = 'nightjar'
    })
    'Certificate:              uploaded'
} else {
    $secret = Add-MgApplicationPassword -ApplicationId $app.Id -PasswordCredential @{ DisplayName = 'nightjar'; EndDateTime = (Get-Date).AddYears(1) }
    # The secret is shown once only. Paste it into Nightjar, and nowhere else.
    "Client secret (Value):    $($secret.SecretText)"
}
Disconnect-MgGraph | Out-Null
