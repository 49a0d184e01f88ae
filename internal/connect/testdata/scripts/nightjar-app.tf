# Makes the application with which Nightjar reads the audit log of this tenant:
# with exactly the permissions below, and no other. Put it beside the
# certificate that Nightjar made, sign in as Privileged Role Administrator or
# Global Administrator of the tenant (az login), then:
#
#     terraform init && terraform apply -var certificate=nightjar.crt
#
# Permissions (application):
#   ActivityFeed.Read (Office 365 Management APIs): reads the audit log of Entra ID, Exchange, SharePoint, OneDrive, Teams and the other services
#   ActivityFeed.ReadDlp (Office 365 Management APIs): reads matches of data loss prevention policies, which can hold the sensitive text that matched

terraform {
  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
  }
}

provider "azuread" {
  environment = "global"
}

variable "certificate" {
  description = "File of the certificate that Nightjar made (PEM). A client secret would stand in Terraform's state, so none is offered."
  type        = string
}

data "azuread_client_config" "current" {}

resource "azuread_application" "nightjar" {
  display_name     = "Nightjar"
  sign_in_audience = "AzureADMyOrg"

  required_resource_access {
    resource_app_id = "c5393580-f805-4401-95e8-94b7a6ef2fc2" # Office 365 Management APIs

    resource_access {
      id   = "594c1fb6-4f81-4475-ae41-0c394909246c" # ActivityFeed.Read
      type = "Role"
    }

    resource_access {
      id   = "4807a72c-ad38-4250-94c9-4eabfe26cd55" # ActivityFeed.ReadDlp
      type = "Role"
    }
  }
}

resource "azuread_service_principal" "nightjar" {
  client_id = azuread_application.nightjar.client_id
}

resource "azuread_application_certificate" "nightjar" {
  application_id = azuread_application.nightjar.id
  type           = "AsymmetricX509Cert"
  value          = file(var.certificate)
}

resource "azuread_service_principal" "office_365_management_apis" {
  client_id    = "c5393580-f805-4401-95e8-94b7a6ef2fc2"
  use_existing = true
}

# Admin consent to ActivityFeed.Read.
resource "azuread_app_role_assignment" "activityfeed_read" {
  app_role_id         = "594c1fb6-4f81-4475-ae41-0c394909246c"
  principal_object_id = azuread_service_principal.nightjar.object_id
  resource_object_id  = azuread_service_principal.office_365_management_apis.object_id
}

# Admin consent to ActivityFeed.ReadDlp.
resource "azuread_app_role_assignment" "activityfeed_readdlp" {
  app_role_id         = "4807a72c-ad38-4250-94c9-4eabfe26cd55"
  principal_object_id = azuread_service_principal.nightjar.object_id
  resource_object_id  = azuread_service_principal.office_365_management_apis.object_id
}

output "tenant_id" {
  value = data.azuread_client_config.current.tenant_id
}

output "client_id" {
  value = azuread_application.nightjar.client_id
}
