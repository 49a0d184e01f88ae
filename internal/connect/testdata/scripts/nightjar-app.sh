#!/usr/bin/env bash
# Makes the application with which Nightjar reads the audit log of this tenant:
# with exactly the permissions below, and no other. Run it in Azure Cloud Shell
# or with the Azure CLI, as Privileged Role Administrator or Global
# Administrator of the tenant:
#
#     bash nightjar-app.sh nightjar.crt     upload the certificate that Nightjar made
#     bash nightjar-app.sh                  make a client secret, valid for a year
#
# Permissions (application):
#   ActivityFeed.Read (Office 365 Management APIs): reads the audit log of Entra ID, Exchange, SharePoint, OneDrive, Teams and the other services
#   ActivityFeed.ReadDlp (Office 365 Management APIs): reads matches of data loss prevention policies, which can hold the sensitive text that matched
set -euo pipefail

certificate="${1:-}"
graph="https://graph.microsoft.com"

az cloud set --name AzureCloud
az account show --output none 2>/dev/null || az login --allow-no-subscriptions --output none

permissions="$(mktemp)"
trap 'rm -f "$permissions"' EXIT
cat > "$permissions" <<'JSON'
[
  {"resourceAppId": "c5393580-f805-4401-95e8-94b7a6ef2fc2", "resourceAccess": [
    {"id": "594c1fb6-4f81-4475-ae41-0c394909246c", "type": "Role"},
    {"id": "4807a72c-ad38-4250-94c9-4eabfe26cd55", "type": "Role"}
  ]}
]
JSON

app="$(az ad app create --display-name Nightjar --sign-in-audience AzureADMyOrg \
  --required-resource-accesses "@$permissions" --query appId --output tsv)"
principal="$(az ad sp create --id "$app" --query id --output tsv)"

# Admin consent, permission by permission: what is not listed is not granted.
grant() { # the API's application id, the permission's id
  local resource attempt
  resource="$(az ad sp show --id "$1" --query id --output tsv 2>/dev/null || az ad sp create --id "$1" --query id --output tsv)"
  for attempt in 1 2 3 4 5 6; do # what was made a moment ago is not known everywhere yet
    az rest --method POST --uri "$graph/v1.0/servicePrincipals/$principal/appRoleAssignments" --output none \
      --headers Content-Type=application/json --only-show-errors \
      --body "{\"principalId\": \"$principal\", \"resourceId\": \"$resource\", \"appRoleId\": \"$2\"}" && return
    sleep $((attempt * 5))
  done
  return 1
}
grant c5393580-f805-4401-95e8-94b7a6ef2fc2 594c1fb6-4f81-4475-ae41-0c394909246c # ActivityFeed.Read
grant c5393580-f805-4401-95e8-94b7a6ef2fc2 4807a72c-ad38-4250-94c9-4eabfe26cd55 # ActivityFeed.ReadDlp

echo
echo "Directory (tenant) ID:    $(az account show --query tenantId --output tsv)"
echo "Application (client) ID:  $app"
if [ -n "$certificate" ]; then
  az ad app credential reset --id "$app" --cert "@$certificate" --append --output none
  echo "Certificate:              uploaded"
else
  # The secret is shown once only. Paste it into Nightjar, and nowhere else.
  secret="$(az ad app credential reset --id "$app" --append --display-name nightjar --years 1 --only-show-errors --query password --output tsv)"
  echo "Client secret (Value):    $secret"
fi
