// Original file: ticketbottle/waitroom/v1/waitroom.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ClaimRequest as _ticketbottle_waitroom_v1_ClaimRequest, ClaimRequest__Output as _ticketbottle_waitroom_v1_ClaimRequest__Output } from '../../../ticketbottle/waitroom/v1/ClaimRequest.ts';
import type { ClaimResponse as _ticketbottle_waitroom_v1_ClaimResponse, ClaimResponse__Output as _ticketbottle_waitroom_v1_ClaimResponse__Output } from '../../../ticketbottle/waitroom/v1/ClaimResponse.ts';
import type { GetPlaceRequest as _ticketbottle_waitroom_v1_GetPlaceRequest, GetPlaceRequest__Output as _ticketbottle_waitroom_v1_GetPlaceRequest__Output } from '../../../ticketbottle/waitroom/v1/GetPlaceRequest.ts';
import type { GetPlaceResponse as _ticketbottle_waitroom_v1_GetPlaceResponse, GetPlaceResponse__Output as _ticketbottle_waitroom_v1_GetPlaceResponse__Output } from '../../../ticketbottle/waitroom/v1/GetPlaceResponse.ts';
import type { GetRoomRequest as _ticketbottle_waitroom_v1_GetRoomRequest, GetRoomRequest__Output as _ticketbottle_waitroom_v1_GetRoomRequest__Output } from '../../../ticketbottle/waitroom/v1/GetRoomRequest.ts';
import type { GetRoomResponse as _ticketbottle_waitroom_v1_GetRoomResponse, GetRoomResponse__Output as _ticketbottle_waitroom_v1_GetRoomResponse__Output } from '../../../ticketbottle/waitroom/v1/GetRoomResponse.ts';
import type { GetTickRequest as _ticketbottle_waitroom_v1_GetTickRequest, GetTickRequest__Output as _ticketbottle_waitroom_v1_GetTickRequest__Output } from '../../../ticketbottle/waitroom/v1/GetTickRequest.ts';
import type { GetTickResponse as _ticketbottle_waitroom_v1_GetTickResponse, GetTickResponse__Output as _ticketbottle_waitroom_v1_GetTickResponse__Output } from '../../../ticketbottle/waitroom/v1/GetTickResponse.ts';
import type { HeartbeatRequest as _ticketbottle_waitroom_v1_HeartbeatRequest, HeartbeatRequest__Output as _ticketbottle_waitroom_v1_HeartbeatRequest__Output } from '../../../ticketbottle/waitroom/v1/HeartbeatRequest.ts';
import type { HeartbeatResponse as _ticketbottle_waitroom_v1_HeartbeatResponse, HeartbeatResponse__Output as _ticketbottle_waitroom_v1_HeartbeatResponse__Output } from '../../../ticketbottle/waitroom/v1/HeartbeatResponse.ts';
import type { IssueRehearsalTokenRequest as _ticketbottle_waitroom_v1_IssueRehearsalTokenRequest, IssueRehearsalTokenRequest__Output as _ticketbottle_waitroom_v1_IssueRehearsalTokenRequest__Output } from '../../../ticketbottle/waitroom/v1/IssueRehearsalTokenRequest.ts';
import type { IssueRehearsalTokenResponse as _ticketbottle_waitroom_v1_IssueRehearsalTokenResponse, IssueRehearsalTokenResponse__Output as _ticketbottle_waitroom_v1_IssueRehearsalTokenResponse__Output } from '../../../ticketbottle/waitroom/v1/IssueRehearsalTokenResponse.ts';
import type { JoinRequest as _ticketbottle_waitroom_v1_JoinRequest, JoinRequest__Output as _ticketbottle_waitroom_v1_JoinRequest__Output } from '../../../ticketbottle/waitroom/v1/JoinRequest.ts';
import type { JoinResponse as _ticketbottle_waitroom_v1_JoinResponse, JoinResponse__Output as _ticketbottle_waitroom_v1_JoinResponse__Output } from '../../../ticketbottle/waitroom/v1/JoinResponse.ts';
import type { LeaveRequest as _ticketbottle_waitroom_v1_LeaveRequest, LeaveRequest__Output as _ticketbottle_waitroom_v1_LeaveRequest__Output } from '../../../ticketbottle/waitroom/v1/LeaveRequest.ts';
import type { LeaveResponse as _ticketbottle_waitroom_v1_LeaveResponse, LeaveResponse__Output as _ticketbottle_waitroom_v1_LeaveResponse__Output } from '../../../ticketbottle/waitroom/v1/LeaveResponse.ts';
import type { ListAdmissionsRequest as _ticketbottle_waitroom_v1_ListAdmissionsRequest, ListAdmissionsRequest__Output as _ticketbottle_waitroom_v1_ListAdmissionsRequest__Output } from '../../../ticketbottle/waitroom/v1/ListAdmissionsRequest.ts';
import type { ListAdmissionsResponse as _ticketbottle_waitroom_v1_ListAdmissionsResponse, ListAdmissionsResponse__Output as _ticketbottle_waitroom_v1_ListAdmissionsResponse__Output } from '../../../ticketbottle/waitroom/v1/ListAdmissionsResponse.ts';
import type { ReleaseSlotRequest as _ticketbottle_waitroom_v1_ReleaseSlotRequest, ReleaseSlotRequest__Output as _ticketbottle_waitroom_v1_ReleaseSlotRequest__Output } from '../../../ticketbottle/waitroom/v1/ReleaseSlotRequest.ts';
import type { ReleaseSlotResponse as _ticketbottle_waitroom_v1_ReleaseSlotResponse, ReleaseSlotResponse__Output as _ticketbottle_waitroom_v1_ReleaseSlotResponse__Output } from '../../../ticketbottle/waitroom/v1/ReleaseSlotResponse.ts';
import type { SetSoldOutRequest as _ticketbottle_waitroom_v1_SetSoldOutRequest, SetSoldOutRequest__Output as _ticketbottle_waitroom_v1_SetSoldOutRequest__Output } from '../../../ticketbottle/waitroom/v1/SetSoldOutRequest.ts';
import type { SetSoldOutResponse as _ticketbottle_waitroom_v1_SetSoldOutResponse, SetSoldOutResponse__Output as _ticketbottle_waitroom_v1_SetSoldOutResponse__Output } from '../../../ticketbottle/waitroom/v1/SetSoldOutResponse.ts';
import type { Tick as _ticketbottle_waitroom_v1_Tick, Tick__Output as _ticketbottle_waitroom_v1_Tick__Output } from '../../../ticketbottle/waitroom/v1/Tick.ts';
import type { UpdateBypassRequest as _ticketbottle_waitroom_v1_UpdateBypassRequest, UpdateBypassRequest__Output as _ticketbottle_waitroom_v1_UpdateBypassRequest__Output } from '../../../ticketbottle/waitroom/v1/UpdateBypassRequest.ts';
import type { UpdateBypassResponse as _ticketbottle_waitroom_v1_UpdateBypassResponse, UpdateBypassResponse__Output as _ticketbottle_waitroom_v1_UpdateBypassResponse__Output } from '../../../ticketbottle/waitroom/v1/UpdateBypassResponse.ts';
import type { WatchRequest as _ticketbottle_waitroom_v1_WatchRequest, WatchRequest__Output as _ticketbottle_waitroom_v1_WatchRequest__Output } from '../../../ticketbottle/waitroom/v1/WatchRequest.ts';

export interface WaitroomServiceClient extends grpc.Client {
  Claim(argument: _ticketbottle_waitroom_v1_ClaimRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  Claim(argument: _ticketbottle_waitroom_v1_ClaimRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  Claim(argument: _ticketbottle_waitroom_v1_ClaimRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  Claim(argument: _ticketbottle_waitroom_v1_ClaimRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  claim(argument: _ticketbottle_waitroom_v1_ClaimRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  claim(argument: _ticketbottle_waitroom_v1_ClaimRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  claim(argument: _ticketbottle_waitroom_v1_ClaimRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  claim(argument: _ticketbottle_waitroom_v1_ClaimRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  
  GetPlace(argument: _ticketbottle_waitroom_v1_GetPlaceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetPlaceResponse__Output>): grpc.ClientUnaryCall;
  GetPlace(argument: _ticketbottle_waitroom_v1_GetPlaceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetPlaceResponse__Output>): grpc.ClientUnaryCall;
  GetPlace(argument: _ticketbottle_waitroom_v1_GetPlaceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetPlaceResponse__Output>): grpc.ClientUnaryCall;
  GetPlace(argument: _ticketbottle_waitroom_v1_GetPlaceRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetPlaceResponse__Output>): grpc.ClientUnaryCall;
  getPlace(argument: _ticketbottle_waitroom_v1_GetPlaceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetPlaceResponse__Output>): grpc.ClientUnaryCall;
  getPlace(argument: _ticketbottle_waitroom_v1_GetPlaceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetPlaceResponse__Output>): grpc.ClientUnaryCall;
  getPlace(argument: _ticketbottle_waitroom_v1_GetPlaceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetPlaceResponse__Output>): grpc.ClientUnaryCall;
  getPlace(argument: _ticketbottle_waitroom_v1_GetPlaceRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetPlaceResponse__Output>): grpc.ClientUnaryCall;
  
  GetRoom(argument: _ticketbottle_waitroom_v1_GetRoomRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetRoomResponse__Output>): grpc.ClientUnaryCall;
  GetRoom(argument: _ticketbottle_waitroom_v1_GetRoomRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetRoomResponse__Output>): grpc.ClientUnaryCall;
  GetRoom(argument: _ticketbottle_waitroom_v1_GetRoomRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetRoomResponse__Output>): grpc.ClientUnaryCall;
  GetRoom(argument: _ticketbottle_waitroom_v1_GetRoomRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetRoomResponse__Output>): grpc.ClientUnaryCall;
  getRoom(argument: _ticketbottle_waitroom_v1_GetRoomRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetRoomResponse__Output>): grpc.ClientUnaryCall;
  getRoom(argument: _ticketbottle_waitroom_v1_GetRoomRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetRoomResponse__Output>): grpc.ClientUnaryCall;
  getRoom(argument: _ticketbottle_waitroom_v1_GetRoomRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetRoomResponse__Output>): grpc.ClientUnaryCall;
  getRoom(argument: _ticketbottle_waitroom_v1_GetRoomRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetRoomResponse__Output>): grpc.ClientUnaryCall;
  
  GetTick(argument: _ticketbottle_waitroom_v1_GetTickRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetTickResponse__Output>): grpc.ClientUnaryCall;
  GetTick(argument: _ticketbottle_waitroom_v1_GetTickRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetTickResponse__Output>): grpc.ClientUnaryCall;
  GetTick(argument: _ticketbottle_waitroom_v1_GetTickRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetTickResponse__Output>): grpc.ClientUnaryCall;
  GetTick(argument: _ticketbottle_waitroom_v1_GetTickRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetTickResponse__Output>): grpc.ClientUnaryCall;
  getTick(argument: _ticketbottle_waitroom_v1_GetTickRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetTickResponse__Output>): grpc.ClientUnaryCall;
  getTick(argument: _ticketbottle_waitroom_v1_GetTickRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetTickResponse__Output>): grpc.ClientUnaryCall;
  getTick(argument: _ticketbottle_waitroom_v1_GetTickRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetTickResponse__Output>): grpc.ClientUnaryCall;
  getTick(argument: _ticketbottle_waitroom_v1_GetTickRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_GetTickResponse__Output>): grpc.ClientUnaryCall;
  
  Heartbeat(argument: _ticketbottle_waitroom_v1_HeartbeatRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  Heartbeat(argument: _ticketbottle_waitroom_v1_HeartbeatRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  Heartbeat(argument: _ticketbottle_waitroom_v1_HeartbeatRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  Heartbeat(argument: _ticketbottle_waitroom_v1_HeartbeatRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  heartbeat(argument: _ticketbottle_waitroom_v1_HeartbeatRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  heartbeat(argument: _ticketbottle_waitroom_v1_HeartbeatRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  heartbeat(argument: _ticketbottle_waitroom_v1_HeartbeatRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  heartbeat(argument: _ticketbottle_waitroom_v1_HeartbeatRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  
  IssueRehearsalToken(argument: _ticketbottle_waitroom_v1_IssueRehearsalTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_IssueRehearsalTokenResponse__Output>): grpc.ClientUnaryCall;
  IssueRehearsalToken(argument: _ticketbottle_waitroom_v1_IssueRehearsalTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_IssueRehearsalTokenResponse__Output>): grpc.ClientUnaryCall;
  IssueRehearsalToken(argument: _ticketbottle_waitroom_v1_IssueRehearsalTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_IssueRehearsalTokenResponse__Output>): grpc.ClientUnaryCall;
  IssueRehearsalToken(argument: _ticketbottle_waitroom_v1_IssueRehearsalTokenRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_IssueRehearsalTokenResponse__Output>): grpc.ClientUnaryCall;
  issueRehearsalToken(argument: _ticketbottle_waitroom_v1_IssueRehearsalTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_IssueRehearsalTokenResponse__Output>): grpc.ClientUnaryCall;
  issueRehearsalToken(argument: _ticketbottle_waitroom_v1_IssueRehearsalTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_IssueRehearsalTokenResponse__Output>): grpc.ClientUnaryCall;
  issueRehearsalToken(argument: _ticketbottle_waitroom_v1_IssueRehearsalTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_IssueRehearsalTokenResponse__Output>): grpc.ClientUnaryCall;
  issueRehearsalToken(argument: _ticketbottle_waitroom_v1_IssueRehearsalTokenRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_IssueRehearsalTokenResponse__Output>): grpc.ClientUnaryCall;
  
  Join(argument: _ticketbottle_waitroom_v1_JoinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  Join(argument: _ticketbottle_waitroom_v1_JoinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  Join(argument: _ticketbottle_waitroom_v1_JoinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  Join(argument: _ticketbottle_waitroom_v1_JoinRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _ticketbottle_waitroom_v1_JoinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _ticketbottle_waitroom_v1_JoinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _ticketbottle_waitroom_v1_JoinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _ticketbottle_waitroom_v1_JoinRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  
  Leave(argument: _ticketbottle_waitroom_v1_LeaveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  Leave(argument: _ticketbottle_waitroom_v1_LeaveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  Leave(argument: _ticketbottle_waitroom_v1_LeaveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  Leave(argument: _ticketbottle_waitroom_v1_LeaveRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  leave(argument: _ticketbottle_waitroom_v1_LeaveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  leave(argument: _ticketbottle_waitroom_v1_LeaveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  leave(argument: _ticketbottle_waitroom_v1_LeaveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  leave(argument: _ticketbottle_waitroom_v1_LeaveRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  
  ListAdmissions(argument: _ticketbottle_waitroom_v1_ListAdmissionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ListAdmissionsResponse__Output>): grpc.ClientUnaryCall;
  ListAdmissions(argument: _ticketbottle_waitroom_v1_ListAdmissionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ListAdmissionsResponse__Output>): grpc.ClientUnaryCall;
  ListAdmissions(argument: _ticketbottle_waitroom_v1_ListAdmissionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ListAdmissionsResponse__Output>): grpc.ClientUnaryCall;
  ListAdmissions(argument: _ticketbottle_waitroom_v1_ListAdmissionsRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ListAdmissionsResponse__Output>): grpc.ClientUnaryCall;
  listAdmissions(argument: _ticketbottle_waitroom_v1_ListAdmissionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ListAdmissionsResponse__Output>): grpc.ClientUnaryCall;
  listAdmissions(argument: _ticketbottle_waitroom_v1_ListAdmissionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ListAdmissionsResponse__Output>): grpc.ClientUnaryCall;
  listAdmissions(argument: _ticketbottle_waitroom_v1_ListAdmissionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ListAdmissionsResponse__Output>): grpc.ClientUnaryCall;
  listAdmissions(argument: _ticketbottle_waitroom_v1_ListAdmissionsRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ListAdmissionsResponse__Output>): grpc.ClientUnaryCall;
  
  ReleaseSlot(argument: _ticketbottle_waitroom_v1_ReleaseSlotRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ReleaseSlotResponse__Output>): grpc.ClientUnaryCall;
  ReleaseSlot(argument: _ticketbottle_waitroom_v1_ReleaseSlotRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ReleaseSlotResponse__Output>): grpc.ClientUnaryCall;
  ReleaseSlot(argument: _ticketbottle_waitroom_v1_ReleaseSlotRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ReleaseSlotResponse__Output>): grpc.ClientUnaryCall;
  ReleaseSlot(argument: _ticketbottle_waitroom_v1_ReleaseSlotRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ReleaseSlotResponse__Output>): grpc.ClientUnaryCall;
  releaseSlot(argument: _ticketbottle_waitroom_v1_ReleaseSlotRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ReleaseSlotResponse__Output>): grpc.ClientUnaryCall;
  releaseSlot(argument: _ticketbottle_waitroom_v1_ReleaseSlotRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ReleaseSlotResponse__Output>): grpc.ClientUnaryCall;
  releaseSlot(argument: _ticketbottle_waitroom_v1_ReleaseSlotRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ReleaseSlotResponse__Output>): grpc.ClientUnaryCall;
  releaseSlot(argument: _ticketbottle_waitroom_v1_ReleaseSlotRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_ReleaseSlotResponse__Output>): grpc.ClientUnaryCall;
  
  SetSoldOut(argument: _ticketbottle_waitroom_v1_SetSoldOutRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_SetSoldOutResponse__Output>): grpc.ClientUnaryCall;
  SetSoldOut(argument: _ticketbottle_waitroom_v1_SetSoldOutRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_SetSoldOutResponse__Output>): grpc.ClientUnaryCall;
  SetSoldOut(argument: _ticketbottle_waitroom_v1_SetSoldOutRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_SetSoldOutResponse__Output>): grpc.ClientUnaryCall;
  SetSoldOut(argument: _ticketbottle_waitroom_v1_SetSoldOutRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_SetSoldOutResponse__Output>): grpc.ClientUnaryCall;
  setSoldOut(argument: _ticketbottle_waitroom_v1_SetSoldOutRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_SetSoldOutResponse__Output>): grpc.ClientUnaryCall;
  setSoldOut(argument: _ticketbottle_waitroom_v1_SetSoldOutRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_SetSoldOutResponse__Output>): grpc.ClientUnaryCall;
  setSoldOut(argument: _ticketbottle_waitroom_v1_SetSoldOutRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_SetSoldOutResponse__Output>): grpc.ClientUnaryCall;
  setSoldOut(argument: _ticketbottle_waitroom_v1_SetSoldOutRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_SetSoldOutResponse__Output>): grpc.ClientUnaryCall;
  
  UpdateBypass(argument: _ticketbottle_waitroom_v1_UpdateBypassRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_UpdateBypassResponse__Output>): grpc.ClientUnaryCall;
  UpdateBypass(argument: _ticketbottle_waitroom_v1_UpdateBypassRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_UpdateBypassResponse__Output>): grpc.ClientUnaryCall;
  UpdateBypass(argument: _ticketbottle_waitroom_v1_UpdateBypassRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_UpdateBypassResponse__Output>): grpc.ClientUnaryCall;
  UpdateBypass(argument: _ticketbottle_waitroom_v1_UpdateBypassRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_UpdateBypassResponse__Output>): grpc.ClientUnaryCall;
  updateBypass(argument: _ticketbottle_waitroom_v1_UpdateBypassRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_UpdateBypassResponse__Output>): grpc.ClientUnaryCall;
  updateBypass(argument: _ticketbottle_waitroom_v1_UpdateBypassRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_UpdateBypassResponse__Output>): grpc.ClientUnaryCall;
  updateBypass(argument: _ticketbottle_waitroom_v1_UpdateBypassRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_UpdateBypassResponse__Output>): grpc.ClientUnaryCall;
  updateBypass(argument: _ticketbottle_waitroom_v1_UpdateBypassRequest, callback: grpc.requestCallback<_ticketbottle_waitroom_v1_UpdateBypassResponse__Output>): grpc.ClientUnaryCall;
  
  Watch(argument: _ticketbottle_waitroom_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ticketbottle_waitroom_v1_Tick__Output>;
  Watch(argument: _ticketbottle_waitroom_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ticketbottle_waitroom_v1_Tick__Output>;
  watch(argument: _ticketbottle_waitroom_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ticketbottle_waitroom_v1_Tick__Output>;
  watch(argument: _ticketbottle_waitroom_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ticketbottle_waitroom_v1_Tick__Output>;
  
}

export interface WaitroomServiceHandlers extends grpc.UntypedServiceImplementation {
  Claim: grpc.handleUnaryCall<_ticketbottle_waitroom_v1_ClaimRequest__Output, _ticketbottle_waitroom_v1_ClaimResponse>;
  
  GetPlace: grpc.handleUnaryCall<_ticketbottle_waitroom_v1_GetPlaceRequest__Output, _ticketbottle_waitroom_v1_GetPlaceResponse>;
  
  GetRoom: grpc.handleUnaryCall<_ticketbottle_waitroom_v1_GetRoomRequest__Output, _ticketbottle_waitroom_v1_GetRoomResponse>;
  
  GetTick: grpc.handleUnaryCall<_ticketbottle_waitroom_v1_GetTickRequest__Output, _ticketbottle_waitroom_v1_GetTickResponse>;
  
  Heartbeat: grpc.handleUnaryCall<_ticketbottle_waitroom_v1_HeartbeatRequest__Output, _ticketbottle_waitroom_v1_HeartbeatResponse>;
  
  IssueRehearsalToken: grpc.handleUnaryCall<_ticketbottle_waitroom_v1_IssueRehearsalTokenRequest__Output, _ticketbottle_waitroom_v1_IssueRehearsalTokenResponse>;
  
  Join: grpc.handleUnaryCall<_ticketbottle_waitroom_v1_JoinRequest__Output, _ticketbottle_waitroom_v1_JoinResponse>;
  
  Leave: grpc.handleUnaryCall<_ticketbottle_waitroom_v1_LeaveRequest__Output, _ticketbottle_waitroom_v1_LeaveResponse>;
  
  ListAdmissions: grpc.handleUnaryCall<_ticketbottle_waitroom_v1_ListAdmissionsRequest__Output, _ticketbottle_waitroom_v1_ListAdmissionsResponse>;
  
  ReleaseSlot: grpc.handleUnaryCall<_ticketbottle_waitroom_v1_ReleaseSlotRequest__Output, _ticketbottle_waitroom_v1_ReleaseSlotResponse>;
  
  SetSoldOut: grpc.handleUnaryCall<_ticketbottle_waitroom_v1_SetSoldOutRequest__Output, _ticketbottle_waitroom_v1_SetSoldOutResponse>;
  
  UpdateBypass: grpc.handleUnaryCall<_ticketbottle_waitroom_v1_UpdateBypassRequest__Output, _ticketbottle_waitroom_v1_UpdateBypassResponse>;
  
  Watch: grpc.handleServerStreamingCall<_ticketbottle_waitroom_v1_WatchRequest__Output, _ticketbottle_waitroom_v1_Tick>;
  
}

export interface WaitroomServiceDefinition extends grpc.ServiceDefinition {
  Claim: MethodDefinition<_ticketbottle_waitroom_v1_ClaimRequest, _ticketbottle_waitroom_v1_ClaimResponse, _ticketbottle_waitroom_v1_ClaimRequest__Output, _ticketbottle_waitroom_v1_ClaimResponse__Output>
  GetPlace: MethodDefinition<_ticketbottle_waitroom_v1_GetPlaceRequest, _ticketbottle_waitroom_v1_GetPlaceResponse, _ticketbottle_waitroom_v1_GetPlaceRequest__Output, _ticketbottle_waitroom_v1_GetPlaceResponse__Output>
  GetRoom: MethodDefinition<_ticketbottle_waitroom_v1_GetRoomRequest, _ticketbottle_waitroom_v1_GetRoomResponse, _ticketbottle_waitroom_v1_GetRoomRequest__Output, _ticketbottle_waitroom_v1_GetRoomResponse__Output>
  GetTick: MethodDefinition<_ticketbottle_waitroom_v1_GetTickRequest, _ticketbottle_waitroom_v1_GetTickResponse, _ticketbottle_waitroom_v1_GetTickRequest__Output, _ticketbottle_waitroom_v1_GetTickResponse__Output>
  Heartbeat: MethodDefinition<_ticketbottle_waitroom_v1_HeartbeatRequest, _ticketbottle_waitroom_v1_HeartbeatResponse, _ticketbottle_waitroom_v1_HeartbeatRequest__Output, _ticketbottle_waitroom_v1_HeartbeatResponse__Output>
  IssueRehearsalToken: MethodDefinition<_ticketbottle_waitroom_v1_IssueRehearsalTokenRequest, _ticketbottle_waitroom_v1_IssueRehearsalTokenResponse, _ticketbottle_waitroom_v1_IssueRehearsalTokenRequest__Output, _ticketbottle_waitroom_v1_IssueRehearsalTokenResponse__Output>
  Join: MethodDefinition<_ticketbottle_waitroom_v1_JoinRequest, _ticketbottle_waitroom_v1_JoinResponse, _ticketbottle_waitroom_v1_JoinRequest__Output, _ticketbottle_waitroom_v1_JoinResponse__Output>
  Leave: MethodDefinition<_ticketbottle_waitroom_v1_LeaveRequest, _ticketbottle_waitroom_v1_LeaveResponse, _ticketbottle_waitroom_v1_LeaveRequest__Output, _ticketbottle_waitroom_v1_LeaveResponse__Output>
  ListAdmissions: MethodDefinition<_ticketbottle_waitroom_v1_ListAdmissionsRequest, _ticketbottle_waitroom_v1_ListAdmissionsResponse, _ticketbottle_waitroom_v1_ListAdmissionsRequest__Output, _ticketbottle_waitroom_v1_ListAdmissionsResponse__Output>
  ReleaseSlot: MethodDefinition<_ticketbottle_waitroom_v1_ReleaseSlotRequest, _ticketbottle_waitroom_v1_ReleaseSlotResponse, _ticketbottle_waitroom_v1_ReleaseSlotRequest__Output, _ticketbottle_waitroom_v1_ReleaseSlotResponse__Output>
  SetSoldOut: MethodDefinition<_ticketbottle_waitroom_v1_SetSoldOutRequest, _ticketbottle_waitroom_v1_SetSoldOutResponse, _ticketbottle_waitroom_v1_SetSoldOutRequest__Output, _ticketbottle_waitroom_v1_SetSoldOutResponse__Output>
  UpdateBypass: MethodDefinition<_ticketbottle_waitroom_v1_UpdateBypassRequest, _ticketbottle_waitroom_v1_UpdateBypassResponse, _ticketbottle_waitroom_v1_UpdateBypassRequest__Output, _ticketbottle_waitroom_v1_UpdateBypassResponse__Output>
  Watch: MethodDefinition<_ticketbottle_waitroom_v1_WatchRequest, _ticketbottle_waitroom_v1_Tick, _ticketbottle_waitroom_v1_WatchRequest__Output, _ticketbottle_waitroom_v1_Tick__Output>
}
