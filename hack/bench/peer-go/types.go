package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var groupVersion = schema.GroupVersion{Group: "ticketbottle.io", Version: "v1alpha1"}

// EventSale as far as this operator reads and writes it.
type EventSale struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              *SaleSpec   `json:"spec,omitempty"`
	Status            *SaleStatus `json:"status,omitempty"`
}

type SaleSpec struct {
	PlatformRef struct {
		Name string `json:"name"`
	} `json:"platformRef"`
	Event struct {
		ID string `json:"id,omitempty"`
	} `json:"event"`
	TicketClasses []TicketClass `json:"ticketClasses"`
	Schedule      Schedule      `json:"schedule"`
	Waitroom      struct {
		MaxConcurrentCheckouts float64 `json:"maxConcurrentCheckouts"`
		AdmissionsPerMinute    float64 `json:"admissionsPerMinute"`
		CheckoutTTL            string  `json:"checkoutTTL"`
	} `json:"waitroom"`
	Demand struct {
		ExpectedBuyers     *float64 `json:"expectedBuyers,omitempty"`
		PeakJoinsPerSecond *float64 `json:"peakJoinsPerSecond,omitempty"`
	} `json:"demand"`
	Rehearsal struct {
		Enabled bool `json:"enabled"`
	} `json:"rehearsal"`
	Suspend bool `json:"suspend"`
}

type TicketClass struct {
	Name     string  `json:"name"`
	Quantity float64 `json:"quantity"`
}

type Schedule struct {
	PreQueueAt   string `json:"preQueueAt,omitempty"`
	OpensAt      string `json:"opensAt"`
	ClosesAt     string `json:"closesAt"`
	PrescaleLead string `json:"prescaleLead"`
	Cooldown     string `json:"cooldown"`
}

type SaleStatus struct {
	ObservedGeneration int64         `json:"observedGeneration"`
	Conditions         []Condition   `json:"conditions"`
	Phase              string        `json:"phase"`
	EventID            string        `json:"eventId"`
	NextTransition     *PhaseAt      `json:"nextTransition,omitempty"`
	Phases             []PhaseAt     `json:"phases"`
	Schedule           *Instants     `json:"schedule,omitempty"`
	CapacityPlan       []ServicePlan `json:"capacityPlan"`
	Replicas           *WantHave     `json:"replicas,omitempty"`
	Cost               *Cost         `json:"cost,omitempty"`
	Admission          *Admission    `json:"admission,omitempty"`
	Warnings           []string      `json:"warnings,omitempty"`
}

type Condition struct {
	Type               string `json:"type"`
	Status             string `json:"status"`
	Reason             string `json:"reason"`
	Message            string `json:"message"`
	ObservedGeneration int64  `json:"observedGeneration"`
	LastTransitionTime string `json:"lastTransitionTime"`
}

type PhaseAt struct {
	Phase string `json:"phase"`
	At    string `json:"at"`
}

type Instants struct {
	PrescaleAt  string `json:"prescaleAt"`
	PreQueueAt  string `json:"preQueueAt"`
	ArmAt       string `json:"armAt"`
	OpensAt     string `json:"opensAt"`
	ClosesAt    string `json:"closesAt"`
	ScaleDownAt string `json:"scaleDownAt"`
}

type ServicePlan struct {
	Service  string `json:"service"`
	Replicas int64  `json:"replicas"`
	LoadRps  int64  `json:"loadRps"`
	Reason   string `json:"reason"`
	Capped   bool   `json:"capped"`
	Have     int64  `json:"have"`
}

type WantHave struct {
	Want int64 `json:"want"`
	Have int64 `json:"have"`
}

type Cost struct {
	ExtraReplicas         int64   `json:"extraReplicas"`
	Hours                 float64 `json:"hours"`
	ExtraReplicaHours     int64   `json:"extraReplicaHours"`
	IfSoldOutReplicaHours int64   `json:"ifSoldOutReplicaHours"`
}

type Admission struct {
	DeclaredPerMinute    int64  `json:"declaredPerMinute"`
	SustainablePerMinute int64  `json:"sustainablePerMinute"`
	SafePerMinute        int64  `json:"safePerMinute"`
	LimitedBy            string `json:"limitedBy,omitempty"`
	SellOutMinutes       *int64 `json:"sellOutMinutes,omitempty"`
}

type EventSaleList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata"`
	Items           []EventSale `json:"items"`
}

// Platform as far as a sale looks at it.
type Platform struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              *PlatformSpec   `json:"spec,omitempty"`
	Status            *PlatformStatus `json:"status,omitempty"`
}

type PlatformStatus struct {
	ObservedGeneration int64       `json:"observedGeneration,omitempty"`
	Conditions         []Condition `json:"conditions,omitempty"`
}

type PlatformSpec struct {
	Suspend bool `json:"suspend"`
	Region  struct {
		Role string `json:"role"`
	} `json:"region"`
	Services map[string]Service `json:"services"`
}

type Service struct {
	Replicas struct {
		Min float64 `json:"min"`
		Max float64 `json:"max"`
	} `json:"replicas"`
	CapacityPerReplica struct {
		RequestsPerSecond *float64 `json:"requestsPerSecond,omitempty"`
		Streams           *float64 `json:"streams,omitempty"`
		HotRowPerSecond   *float64 `json:"hotRowPerSecond,omitempty"`
	} `json:"capacityPerReplica,omitempty"`
}

type PlatformList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata"`
	Items           []Platform `json:"items"`
}

func (in *EventSale) DeepCopyObject() runtime.Object {
	out := *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	if in.Spec != nil {
		spec := *in.Spec
		spec.TicketClasses = append([]TicketClass(nil), in.Spec.TicketClasses...)
		out.Spec = &spec
	}
	if in.Status != nil {
		status := *in.Status
		status.Conditions = append([]Condition(nil), in.Status.Conditions...)
		status.Phases = append([]PhaseAt(nil), in.Status.Phases...)
		status.CapacityPlan = append([]ServicePlan(nil), in.Status.CapacityPlan...)
		status.Warnings = append([]string(nil), in.Status.Warnings...)
		out.Status = &status
	}
	return &out
}

func (in *EventSaleList) DeepCopyObject() runtime.Object {
	out := *in
	out.Items = make([]EventSale, len(in.Items))
	for i := range in.Items {
		out.Items[i] = *in.Items[i].DeepCopyObject().(*EventSale)
	}
	return &out
}

func (in *Platform) DeepCopyObject() runtime.Object {
	out := *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	return &out
}

func (in *PlatformList) DeepCopyObject() runtime.Object {
	out := *in
	out.Items = append([]Platform(nil), in.Items...)
	return &out
}

func addToScheme(scheme *runtime.Scheme) {
	scheme.AddKnownTypeWithName(groupVersion.WithKind("EventSale"), &EventSale{})
	scheme.AddKnownTypeWithName(groupVersion.WithKind("EventSaleList"), &EventSaleList{})
	scheme.AddKnownTypeWithName(groupVersion.WithKind("TicketBottlePlatform"), &Platform{})
	scheme.AddKnownTypeWithName(groupVersion.WithKind("TicketBottlePlatformList"), &PlatformList{})
	metav1.AddToGroupVersion(scheme, groupVersion)
}
