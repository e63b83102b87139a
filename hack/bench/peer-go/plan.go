package main

import (
	"fmt"
	"math"
	"strconv"
)

// The capacity plan of docs/eventsale.md, for a sale that overlaps with no other and names no floor of its own, on a
// platform that says what one replica of each service on the hot path carries.

var services = []string{"gateway", "user", "payment", "event", "inventory", "order", "waitroom"}

const slotSeconds = 180

type plan struct {
	services  []ServicePlan
	admission Admission
	sellOut   float64
	warnings  []string
}

func utilisationTarget(zones int) float64 {
	if zones <= 1 {
		return 0.6
	}
	return math.Floor(float64(95*(zones-1))/float64(zones)) / 100
}

func planSale(spec *SaleSpec, platform *Platform, zones int) plan {
	var p plan
	u := utilisationTarget(zones)
	var tickets, biggest float64
	for _, class := range spec.TicketClasses {
		tickets += class.Quantity
		biggest = max(biggest, class.Quantity)
	}
	buyers, joins := demand(spec, tickets, &p.warnings)
	slots := spec.Waitroom.MaxConcurrentCheckouts
	admissions := spec.Waitroom.AdmissionsPerMinute / 60
	checkouts := min(admissions, slots/30)
	if spec.Waitroom.AdmissionsPerMinute*slotSeconds > slots*60 {
		p.warnings = append(p.warnings, "AdmissionRateNotSustainable")
	}
	if 2*admissions*slotSeconds < slots {
		p.warnings = append(p.warnings, "ConcurrencyNeverReached")
	}
	load := map[string]float64{
		"gateway":   2*joins + 4.3*admissions + 14*checkouts,
		"waitroom":  2*joins + admissions + slots/30,
		"inventory": 3.3 * admissions,
		"order":     13 * checkouts,
		"payment":   2.2 * checkouts,
	}
	streams := math.Ceil(buyers * 1.2)
	has := map[string]float64{}
	var hotRow float64
	for _, name := range services {
		line, rps, row := planService(name, platform, load[name], streams, u, zones, &p.warnings)
		p.services = append(p.services, line)
		has[name] = float64(line.Replicas) * rps * u
		if name == "inventory" {
			hotRow = row
		}
	}

	rate, limitedBy := admissions, ""
	lower := func(by string, limit float64) {
		if limit < rate*(1-1e-9) {
			rate, limitedBy = max(0, limit), by
		}
	}
	lower("inventory", has["inventory"]/3.3)
	lower("hotRow", hotRow*u/(1.3*biggest/tickets))
	if limit := has["order"] / 13; limit < checkouts*(1-1e-9) {
		lower("order", limit)
	}
	if limit := has["payment"] / 2.2; limit < checkouts*(1-1e-9) {
		lower("payment", limit)
	}
	if limitedBy != "" {
		p.warnings = append(p.warnings, "AdmissionLimitedBy:"+limitedBy)
	}
	sustainable := slots / slotSeconds
	needed := tickets / (2 * 0.6)
	burst := min(slots, needed)
	p.sellOut = burst/rate + (needed-burst)/min(rate, sustainable)
	minutes := int64(math.Ceil(p.sellOut / 60))
	p.admission = Admission{
		DeclaredPerMinute:    int64(spec.Waitroom.AdmissionsPerMinute),
		SustainablePerMinute: int64(math.Floor(sustainable * 60)),
		SafePerMinute:        int64(math.Floor(rate*60 + 1e-6)),
		LimitedBy:            limitedBy,
		SellOutMinutes:       &minutes,
	}
	return p
}

func demand(spec *SaleSpec, tickets float64, warnings *[]string) (buyers, joins float64) {
	if spec.Demand.ExpectedBuyers != nil {
		buyers = *spec.Demand.ExpectedBuyers
	} else {
		buyers = 20 * tickets
		*warnings = append(*warnings, "DemandAssumed")
	}
	if spec.Demand.PeakJoinsPerSecond == nil {
		*warnings = append(*warnings, "PeakJoinsAssumed")
		return buyers, math.Ceil(0.02 * buyers)
	}
	ceiling := math.Ceil(0.1 * buyers)
	if *spec.Demand.PeakJoinsPerSecond > ceiling {
		*warnings = append(*warnings, "PeakJoinsClamped")
	}
	return buyers, min(*spec.Demand.PeakJoinsPerSecond, ceiling)
}

func planService(name string, platform *Platform, load, allStreams, u float64, zones int, warnings *[]string) (ServicePlan, float64, float64) {
	var declared Service
	if platform != nil {
		declared = platform.Spec.Services[name]
	}
	minimum, maximum := max(float64(zones), declared.Replicas.Min, 1), math.Inf(1)
	if declared.Replicas.Max > 0 {
		maximum = declared.Replicas.Max
	}
	measured := declared.CapacityPerReplica
	hot := measured.RequestsPerSecond != nil
	rps, streams, hotRow := value(measured.RequestsPerSecond), value(measured.Streams), value(measured.HotRowPerSecond)
	if name != "gateway" {
		allStreams = 0
	}
	var offered, byStreams float64
	if hot {
		offered = load / rps
	}
	byUtilisation := roundUp(offered / u)
	byRoot := roundUp(offered + 2*math.Sqrt(offered))
	if streams > 0 {
		byStreams = roundUp(allStreams / (streams * u))
	}
	highest := max(byUtilisation, byRoot, byStreams)
	needed := max(highest, minimum)
	replicas := min(needed, maximum)
	capText := ""
	if replicas < needed {
		*warnings = append(*warnings, "CapHit:"+name)
		capText = fmt.Sprintf("; capped at %s of %s", number(maximum), number(needed))
	}
	reason := "not on the hot path: minimum " + number(minimum) + capText
	if hot {
		var rule string
		switch {
		case minimum >= highest:
			rule = "minimum " + number(minimum)
		case byStreams == highest:
			rule = number(byStreams) + " by streams"
		case byUtilisation == highest:
			rule = number(byUtilisation) + " by utilisation"
		default:
			rule = number(byRoot) + " by square root"
		}
		reason = fmt.Sprintf("%s (%s rps at %s per replica, target %s)%s",
			rule, number(math.Ceil(load)), number(rps), number(u), capText)
	}
	return ServicePlan{
		Service: name, Replicas: int64(replicas), LoadRps: int64(math.Ceil(load)), Reason: reason, Capped: replicas < needed,
	}, rps, hotRow
}

func value(given *float64) float64 {
	if given == nil {
		return 0
	}
	return *given
}

func roundUp(value float64) float64 { return math.Ceil(value - 1e-9) }

func number(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
