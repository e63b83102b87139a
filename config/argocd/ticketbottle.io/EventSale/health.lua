-- Conditions follow kstatus: Ready sums up, Reconciling and Stalled are there only while true. A sale that is scheduled, open
-- or over is healthy; one that waits for people is suspended.
local hs = { status = "Progressing", message = "Waiting for the operator" }
if obj.status == nil or obj.status.conditions == nil then
  return hs
end
local said = {}
for _, condition in ipairs(obj.status.conditions) do
  said[condition.type] = condition
end
if said.Stalled ~= nil and said.Stalled.status == "True" then
  return { status = "Degraded", message = said.Stalled.message }
end
if obj.metadata.deletionTimestamp ~= nil then
  return { status = "Progressing", message = said.Ready ~= nil and said.Ready.message or "Being deleted" }
end
if obj.status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "The operator has not looked at this spec yet" }
end
if said.Ready == nil then
  return hs
end
if obj.status.phase == "Suspended" or obj.status.phase == "PendingApproval" then
  return { status = "Suspended", message = said.Ready.message }
end
if said.Ready.status == "True" then
  return { status = "Healthy", message = said.Ready.message }
end
return { status = "Progressing", message = said.Ready.message }
