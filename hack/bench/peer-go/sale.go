package main

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"math"
	"reflect"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	idNamespace = "6f1d1f0e-5f0e-5b7e-9d6b-7c1e0a4b2c11"
	millis      = "2006-01-02T15:04:05.000Z"
	frontLead   = 10 * time.Minute
	armLead     = 10 * time.Minute
)

type times struct {
	prescaleAt, preQueueAt, armAt, opensAt, closesAt time.Time
	cooldown                                         time.Duration
}

func timesOf(schedule *Schedule) (times, error) {
	opensAt, err := time.Parse(time.RFC3339, schedule.OpensAt)
	if err != nil {
		return times{}, fmt.Errorf("spec.schedule.opensAt: %w", err)
	}
	closesAt, err := time.Parse(time.RFC3339, schedule.ClosesAt)
	if err != nil {
		return times{}, fmt.Errorf("spec.schedule.closesAt: %w", err)
	}
	preQueueAt := opensAt.Add(-15 * time.Minute)
	if schedule.PreQueueAt != "" {
		if preQueueAt, err = time.Parse(time.RFC3339, schedule.PreQueueAt); err != nil {
			return times{}, fmt.Errorf("spec.schedule.preQueueAt: %w", err)
		}
	}
	lead, err := time.ParseDuration(schedule.PrescaleLead)
	if err != nil {
		return times{}, fmt.Errorf("spec.schedule.prescaleLead: %w", err)
	}
	cooldown, err := time.ParseDuration(schedule.Cooldown)
	if err != nil {
		return times{}, fmt.Errorf("spec.schedule.cooldown: %w", err)
	}
	prescaleAt := opensAt.Add(-lead)
	if front := preQueueAt.Add(-min(lead, frontLead)); front.Before(prescaleAt) {
		prescaleAt = front
	}
	return times{prescaleAt, preQueueAt, opensAt.Add(-armLead), opensAt, closesAt, cooldown}, nil
}

// eventIDOf is the event that a sale sells: the one it names, else a UUIDv5 of its own name.
func eventIDOf(sale *EventSale) string {
	if sale.Spec.Event.ID != "" {
		return sale.Spec.Event.ID
	}
	space, _ := hex.DecodeString(idNamespace[0:8] + idNamespace[9:13] + idNamespace[14:18] + idNamespace[19:23] + idNamespace[24:])
	name := fmt.Sprintf("event/%s/%s/%s/%s", sale.Namespace, sale.Spec.PlatformRef.Name, sale.Namespace, sale.Name)
	sum := sha1.Sum(append(space, name...))
	id := sum[:16]
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	text := hex.EncodeToString(id)
	return text[0:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// statusOf is the status of a sale that waits for its time to come.
func statusOf(sale *EventSale, platform *Platform, eventID string, t times, zones int, have map[string]int64, now time.Time) *SaleStatus {
	p := planSale(sale.Spec, platform, zones)
	reason, message := blockedBy(sale, platform)
	pending := "scheduled: prescaling starts at " + short(t.prescaleAt)
	prescaled := Condition{Type: "Prescaled", Status: "False", Reason: "Scheduled", Message: "prescaling has not begun"}
	if reason != "" {
		pending += "; mend before then: " + message
		prescaled.Reason, prescaled.Message = reason, message
	}
	conditions := []Condition{
		{Type: "PlanReady", Status: "True", Reason: "AsSpecified", Message: "the platform can grow to what the sale needs"},
		prescaled,
	}
	if !sale.Spec.Rehearsal.Enabled {
		conditions = append(conditions, Condition{Type: "Rehearsed", Status: "False", Reason: "Disabled", Message: "spec.rehearsal.enabled is false"})
	}
	conditions = append(conditions,
		Condition{Type: "Armed", Status: "False", Reason: "Progressing", Message: "the sale is Pending"},
		Condition{Type: "Open", Status: "False", Reason: "Scheduled", Message: "the doors are closed until opensAt"},
		Condition{Type: "ScheduleAccepted", Status: "True", Reason: "AsSpecified", Message: "the schedule of the spec is followed"},
		Condition{Type: "Ready", Status: "True", Reason: "Scheduled", Message: pending},
	)
	for i := range conditions {
		conditions[i].ObservedGeneration = sale.Generation
		conditions[i].LastTransitionTime = transition(sale.Status, &conditions[i], now)
	}
	phases := []PhaseAt{{"Pending", now.UTC().Format(millis)}}
	if sale.Status != nil && len(sale.Status.Phases) > 0 {
		phases = sale.Status.Phases
	}
	replicas := WantHave{}
	for i := range p.services {
		p.services[i].Have = have[p.services[i].Service]
		replicas.Want += p.services[i].Replicas
		replicas.Have += p.services[i].Have
	}
	return &SaleStatus{
		ObservedGeneration: sale.Generation,
		Conditions:         conditions,
		Phase:              "Pending",
		EventID:            eventID,
		NextTransition:     &PhaseAt{"Prescaling", t.prescaleAt.UTC().Format(millis)},
		Phases:             phases,
		Schedule: &Instants{
			t.prescaleAt.UTC().Format(millis), t.preQueueAt.UTC().Format(millis), t.armAt.UTC().Format(millis),
			t.opensAt.UTC().Format(millis), t.closesAt.UTC().Format(millis), t.closesAt.Add(t.cooldown).UTC().Format(millis),
		},
		CapacityPlan: p.services,
		Replicas:     &replicas,
		Cost:         costOf(p, platform, t),
		Admission:    &p.admission,
		Warnings:     p.warnings,
	}
}

func costOf(p plan, platform *Platform, t times) *Cost {
	var extra int64
	for _, line := range p.services {
		without := int64(1)
		if platform != nil {
			without = max(1, int64(platform.Spec.Services[line.Service].Replicas.Min))
		}
		extra += max(0, line.Replicas-without)
	}
	before, open := t.opensAt.Sub(t.prescaleAt).Hours(), t.closesAt.Sub(t.opensAt).Hours()
	whole := before + open + t.cooldown.Hours()
	soldOut := before + min(open, p.sellOut/3600) + t.cooldown.Hours()
	return &Cost{
		ExtraReplicas:         extra,
		Hours:                 math.Round(whole*100) / 100,
		ExtraReplicaHours:     int64(math.Round(float64(extra) * whole)),
		IfSoldOutReplicaHours: int64(math.Round(float64(extra) * soldOut)),
	}
}

func blockedBy(sale *EventSale, platform *Platform) (reason, message string) {
	name := sale.Namespace + "/" + sale.Spec.PlatformRef.Name
	if platform == nil {
		return "PlatformMissing", "there is no TicketBottlePlatform " + name + ": create it, or mend spec.platformRef.name"
	}
	switch {
	case platform.DeletionTimestamp != nil:
		return "PlatformNotReady", "TicketBottlePlatform " + name + " is being deleted"
	case platform.Spec.Suspend:
		return "PlatformNotReady", "TicketBottlePlatform " + name + " is suspended: set its spec.suspend to false"
	case platform.Spec.Region.Role == "Standby":
		return "PlatformNotReady", "TicketBottlePlatform " + name + " is Standby: set its spec.region.role to Active, or sell in the other region"
	}
	return "", ""
}

// transition keeps the time of a condition whose status did not change.
func transition(before *SaleStatus, next *Condition, now time.Time) string {
	if before != nil {
		for _, known := range before.Conditions {
			if known.Type == next.Type && known.Status == next.Status {
				return known.LastTransitionTime
			}
		}
	}
	return now.UTC().Format(time.RFC3339)
}

func sameStatus(one, other *SaleStatus) bool { return one != nil && reflect.DeepEqual(one, other) }

func short(t time.Time) string {
	if t.Nanosecond() == 0 {
		return t.UTC().Format(time.RFC3339)
	}
	return t.UTC().Format(millis)
}

func onlyStatus(sale *EventSale, status *SaleStatus) *EventSale {
	return &EventSale{
		TypeMeta:   metav1.TypeMeta{APIVersion: groupVersion.String(), Kind: "EventSale"},
		ObjectMeta: metav1.ObjectMeta{Namespace: sale.Namespace, Name: sale.Name},
		Status:     status,
	}
}
