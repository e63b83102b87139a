-- Conditions follow kstatus: Ready sums up, Reconciling and Stalled are there only while true.
local hs = { status = "Progressing", message = "Waiting for the operator" }
if obj.status == nil or obj.status.conditions == nil then
  return hs
end
local said = {}
for _, condition in ipairs(obj.status.conditions) do
  said[condition.type] = condition
end
if said.Paused ~= nil and said.Paused.status == "True" then
  return { status = "Suspended", message = said.Paused.message }
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
if said.Ready.status == "True" then
  return { status = "Healthy", message = said.Ready.message }
end
if said.Reconciling ~= nil and said.Reconciling.status == "True" then
  return { status = "Progressing", message = said.Ready.message }
end
-- Held back on purpose: a change freeze, or managementPolicy Observe. Nothing moves until somebody or a sale lets go.
if said.Ready.status == "False" then
  return { status = "Suspended", message = said.Ready.message }
end
return hs
