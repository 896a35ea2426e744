package blueprint

import (
	"strings"
)

// rightModule returns the real name of a module that people and programs often write differently, "" for none.
func rightModule(name string) string { return wrongModuleTable[strings.ToLower(name)] }

// noModule returns what to do instead of using a module for something that is not a module at all; "" for other names.
func noModule(name string) string {
	switch strings.ToLower(name) {
	case "builtin:filter", "builtin:basicfilter", "util:filter", "flow:filter":
		return `a filter is no module: write it as "filter" of the module that it guards`
	case "builtin:scheduler", "builtin:basicscheduler", "builtin:schedule", "util:schedule":
		return "a schedule is no module: it is set for the scenario as a whole"
	}
	return ""
}

// wrongModuleTable maps names without regard to case. Most come from scenarios that a language model wrote.
var wrongModuleTable = map[string]string{
	"builtin:sleep": "util:FunctionSleep", "tools:sleep": "util:FunctionSleep", "util:sleep": "util:FunctionSleep",
	"builtin:setvariable": "util:SetVariable2", "tools:setvariable": "util:SetVariable2", "util:setvariable": "util:SetVariable2",
	"builtin:setvariables": "util:SetVariables", "tools:setvariables": "util:SetVariables", "tools:setmultiplevariables": "util:SetVariables",
	"builtin:getvariable": "util:GetVariable2", "tools:getvariable": "util:GetVariable2", "util:getvariable": "util:GetVariable2",
	"builtin:getvariables": "util:GetVariables", "tools:getvariables": "util:GetVariables",
	"builtin:iterator": "builtin:BasicFeeder", "builtin:basiciterator": "builtin:BasicFeeder", "util:iterator": "builtin:BasicFeeder",
	"builtin:aggregator": "builtin:BasicAggregator", "builtin:arrayaggregator": "builtin:BasicAggregator", "util:arrayaggregator": "builtin:BasicAggregator",
	"builtin:textaggregator": "util:TextAggregator", "tools:textaggregator": "util:TextAggregator",
	"builtin:numericaggregator": "util:FunctionAggregator2", "util:numericaggregator": "util:FunctionAggregator2",
	"builtin:numericalaggregator": "util:FunctionAggregator2", "builtin:tableaggregator": "util:AggregateAggregator", "util:tableaggregator": "util:AggregateAggregator",
	"builtin:router": "builtin:BasicRouter", "flow:router": "builtin:BasicRouter", "builtin:repeater": "builtin:BasicRepeater",
	"builtin:ifelse": "builtin:BasicIfElse", "builtin:if": "builtin:BasicIfElse", "builtin:merge": "builtin:BasicMerge",
	"builtin:increment": "util:FunctionIncrement", "util:increment": "util:FunctionIncrement", "builtin:switch": "util:SwitcherModule",
	"util:compose": "util:ComposeTransformer", "tools:compose": "util:ComposeTransformer", "builtin:noop": "util:ComposeTransformer",
	"builtin:basictrigger": "util:BasicTrigger", "builtin:http": "http:ActionSendData", "http:makearequest": "http:MakeRequest",
	"http:request": "http:MakeRequest", "http:get": "http:MakeRequest", "http:post": "http:MakeRequest", "http:getfile": "http:ActionGetFile",
	"builtin:webhook": "gateway:CustomWebHook", "webhook:customwebhook": "gateway:CustomWebHook", "webhooks:customwebhook": "gateway:CustomWebHook",
	"gateway:webhook": "gateway:CustomWebHook", "builtin:webhooktrigger": "gateway:CustomWebHook",
	"gateway:webhookresponse": "gateway:WebhookRespond", "webhook:response": "gateway:WebhookRespond", "webhooks:webhookresponse": "gateway:WebhookRespond",
	"builtin:parsejson": "json:ParseJSON", "json:parse": "json:ParseJSON", "builtin:createjson": "json:CreateJSON", "json:create": "json:CreateJSON",
	"json:stringify": "json:TransformToJSON", "text:parser": "regexp:AdvancedParser", "regexp:match": "regexp:AdvancedParser",
	"text:replace": "regexp:Replace", "html:totext": "regexp:HTMLToText",
	"gmail:sendemail": "google-email:ActionSendEmail", "gmail:sendanemail": "google-email:ActionSendEmail", "gmail:actionsendemail": "google-email:ActionSendEmail",
	"sheets:addrow": "google-sheets:addRow", "googlesheets:addrow": "google-sheets:addRow", "slack:postmessage": "slack:CreateMessage",
}
