package api

import (
	"net/http"

	"github.com/nightjar-sec/nightjar/internal/access"
)

func notifyRoutes() []Route {
	const p = access.PermNotifyManage
	return []Route{
		{http.MethodGet, "/api/v1/channel-kinds", "listChannelKinds", p, tenantAll, false, rateNormal, 0, (*Server).listChannelKinds},
		{http.MethodGet, "/api/v1/channels", "listChannels", p, tenantAll, false, rateNormal, 0, (*Server).listChannels},
		{http.MethodPost, "/api/v1/channels", "addChannel", p, tenantAll, true, rateNormal, smallBody, (*Server).addChannel},
		{http.MethodGet, "/api/v1/channels/{id}", "getChannel", p, tenantAll, false, rateNormal, 0, (*Server).getChannel},
		{http.MethodPatch, "/api/v1/channels/{id}", "changeChannel", p, tenantAll, true, rateNormal, smallBody, (*Server).changeChannel},
		{http.MethodDelete, "/api/v1/channels/{id}", "removeChannel", p, tenantAll, true, rateNormal, 0, (*Server).removeChannel},
		{http.MethodPost, "/api/v1/channels/{id}/test", "testChannel", p, tenantAll, false, rateHeavy, 0, (*Server).testChannel},
		{http.MethodGet, "/api/v1/routes", "getRoutes", p, tenantAll, false, rateNormal, 0, (*Server).getRoutes},
		{http.MethodPut, "/api/v1/routes", "saveRoutes", p, tenantAll, true, rateNormal, queryBody, (*Server).saveRoutes},
		{http.MethodPost, "/api/v1/routes/test", "testRoutes", p, tenantAll, false, rateNormal, queryBody, (*Server).testRoutes},
		{http.MethodGet, "/api/v1/deliveries", "listDeliveries", p, tenantAll, false, rateNormal, 0, (*Server).listDeliveries},
		{http.MethodPost, "/api/v1/deliveries/retry", "retryDeliveries", p, tenantAll, false, rateNormal, smallBody, (*Server).retryDeliveries},
	}
}
