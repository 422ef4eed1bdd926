#!r6rs
;; The library (chorus): calls of <chorus.h> in the spelling of Scheme. docs/scheme.md describes each. A refused call
;; raises a condition of type &chorus.
(library (chorus)
  (export
    make-capability capability? capability=? capability->strings strings->capability my-actor supervisor-space
    actor-self actor-name actor-name-set! actor-stop actor-start actor-delete aget-id acap
    region? region-address region-size region-pointer region-bytevector region-read region-write!
    rgn-allocate rgn-free rgn-map-from-actor rgn-init-from-actor rgn-set-protect rgn-stat vm-page-size vm-copy
    sem-init sem-p sem-v spawn await
    &chorus chorus-condition? chorus-condition-call chorus-condition-status status->symbol
    SIZEOF_SEMAPHORE K_WRITABLE K_EXECUTABLE K_RESTRICTIVE K_SUPERVISOR K_RESERVED K_INHERITSHARE K_INHERITCOPY
    K_NODEMAND K_OK K_EFAULT K_EUNKNOWN K_EINVAL K_EPRIV K_ESIZE K_EROUND K_EADDR K_EOVERLAP K_ESPACE K_ENOMEM K_EBUSY
    K_ETIMEOUT K_EABORT K_ENOPORT K_EFULL K_ETOOMUCH K_ENOTIMP K_EFAIL)
  (import (rnrs) (only (vicare) pointer? integer->pointer pointer->integer) (chorus backend) (chorus constants)
          (chorus error) (chorus memory) (chorus region))

  ;; ---- Capabilities

  ;; 16 bytes: head and tail of the unique id, head and tail of the key.
  (define-record-type (capability bytes->capability capability?) (fields (immutable bytes capability-bytes)))
  (define-record-type (named-actor make-named-actor named-actor?) (fields (immutable address named-actor-address)))
  (define my-actor (make-named-actor K_MYACTOR))
  (define supervisor-space (make-named-actor K_SVACTOR))

  (define (make-capability ui-head ui-tail key-head key-tail)
    (let ((bytes (make-bytevector 16)))
      (for-each
        (lambda (word index) (bytevector-u32-native-set! bytes index word))
        (list ui-head ui-tail key-head key-tail)
        '(0 4 8 12))
      (bytes->capability bytes)))
  (define (capability=? one other) (bytevector=? (capability-bytes one) (capability-bytes other)))
  ;; The four words as arguments of a program: 0x2b0bab. readCap of <utilities.h> reads them.
  (define (capability->strings capability)
    (map (lambda (index)
           (let ((word (bytevector-u32-native-ref (capability-bytes capability) index)))
             (string-append "0x" (string-downcase (number->string word 16)))))
         '(0 4 8 12)))
  (define (strings->capability strings)
    (define (word string)
      (let* ((hexadecimal? (and (> (string-length string) 2) (member (substring string 0 2) '("0x" "0X"))))
             (number (if hexadecimal?
                         (string->number (substring string 2 (string-length string)) 16)
                         (string->number string 10))))
        (unless (and number (exact? number) (integer? number) (<= 0 number #xffffffff))
          (assertion-violation 'strings->capability "no number of 32 bits" string))
        number))
    (unless (= (length strings) 4)
      (assertion-violation 'strings->capability "a capability has four words" strings))
    (apply make-capability (map word strings)))

  ;; Calls USE with the address of a capability, or with what stands for one.
  (define (call-with-actor actor use)
    (if (named-actor? actor)
        (use (named-actor-address actor))
        (call-with-memory 16
          (lambda (address)
            (write-memory! address (capability-bytes actor))
            (use address)))))

  ;; ---- Actors

  (define-blocking-foreign c-actor-self "actorSelf" (uptr) int)
  (define-blocking-foreign c-actor-name "actorName" (uptr uptr uptr) int)
  (define-blocking-foreign c-actor-stop "actorStop" (uptr) int)
  (define-blocking-foreign c-actor-start "actorStart" (uptr) int)
  (define-blocking-foreign c-actor-delete "actorDelete" (uptr) int)
  (define-unix-foreign c-aget-id "agetId" () int)
  (define-unix-foreign c-acap "acap" (int uptr) int)

  (define (actor-self)
    (call-with-memory 16
      (lambda (address)
        (check "actorSelf" (c-actor-self address))
        (bytes->capability (read-memory address 16)))))
  (define (actor-name actor)
    (call-with-actor actor
      (lambda (target)
        (call-with-memory K_ACTORNAMEMAX
          (lambda (name)
            (check "actorName" (c-actor-name target name 0))
            (string-at name))))))
  (define (actor-name-set! actor name)
    (call-with-actor actor
      (lambda (target)
        (call-with-string name
          (lambda (address) (done (check "actorName" (c-actor-name target 0 address))))))))
  (define (actor-stop actor)
    (call-with-actor actor (lambda (target) (done (check "actorStop" (c-actor-stop target))))))
  (define (actor-start actor)
    (call-with-actor actor (lambda (target) (done (check "actorStart" (c-actor-start target))))))
  (define (actor-delete actor)
    (call-with-actor actor (lambda (target) (done (check "actorDelete" (c-actor-delete target))))))
  (define (aget-id) (check-unix "agetId" (c-aget-id)))
  (define (acap aid)
    (call-with-memory 16
      (lambda (address)
        (check-unix "acap" (c-acap aid address))
        (bytes->capability (read-memory address 16)))))

  ;; The value of a call that has none, which a driver does not print.
  (define (done status) (if #f #f))

  ;; ---- Programs

  (define-unix-foreign c-afexecvp "afexecvp" (uptr uptr uptr uptr) int)
  (define-unix-foreign c-await "await" (int uptr) int)

  ;; Starts a program as an actor. Returns its aid and its capability.
  (define (spawn program . arguments)
    (call-with-strings (cons program arguments)
      (lambda (array)
        (call-with-memory 16
          (lambda (address)
            (let ((aid (check-unix "afexecvp" (c-afexecvp (memory-ref 'u64 array) address 0 array))))
              (values aid (bytes->capability (read-memory address 16)))))))))

  ;; Waits for the end of an actor that this one has started: (exit . STATUS) or (kill . EVENT).
  (define (await aid)
    (call-with-memory 4
      (lambda (address)
        (check-unix "await" (c-await aid address))
        (let ((status (memory-ref 'u32 address)))
          (cons (if (zero? (bitwise-and status 255)) 'exit 'kill)
                (bitwise-and (bitwise-arithmetic-shift-right status 8) 255))))))

  ;; ---- Regions

  (define-blocking-foreign c-map "rgnMapFromActor64" (uptr uptr uptr uptr) int)
  (define-blocking-foreign c-init "rgnInitFromActor64" (uptr uptr uptr uptr) int)
  (define-blocking-foreign c-protect "rgnSetProtect64" (uptr uptr) int)
  (define-blocking-foreign c-stat "rgnStat64" (uptr uptr uptr unsigned-int) int)
  (define-blocking-foreign c-copy "vmCopy64" (uptr uptr uptr uptr unsigned-long unsigned-int) int)
  (define-foreign vm-page-size "vmPageSize" () int)

  (define-record-type (region make-region region?)
    (fields (immutable address region-address) (immutable size region-size) (immutable actor region-actor)))

  (define (address-of place)
    (cond ((region? place) (region-address place))
          ((pointer? place) (pointer->integer place))
          (else place)))
  (define (region-pointer region) (integer->pointer (region-address region)))

  ;; Its memory as a bytevector, which must not be used after the region is freed. Chez Scheme has no such bytevectors.
  (define (region-bytevector region)
    (or (memory-view (region-address region) (region-size region))
        (raise
          (condition
            (make-implementation-restriction-violation)
            (make-who-condition 'region-bytevector)
            (make-message-condition "this Scheme has no bytevectors over memory; use region-read and region-write!")))))
  (define (check-range who region start count)
    (unless (<= 0 start (+ start count) (region-size region))
      (assertion-violation who "outside of the region" start count)))
  ;; A copy of so many bytes.
  (define (region-read region start count)
    (check-range 'region-read region start count)
    (read-memory (+ (region-address region) start) count))
  (define (region-write! region start bytes)
    (check-range 'region-write! region start (bytevector-length bytes))
    (write-memory! (+ (region-address region) start) bytes))

  ;; The options of a new region at an address, or where the kernel likes if there is none.
  (define (placed options address) (if address options (bitwise-ior options K_ANYWHERE)))

  (define rgn-allocate
    (case-lambda
      ((size) (rgn-allocate size K_WRITABLE))
      ((size options) (rgn-allocate size options #f))
      ((size options address) (rgn-allocate size options address my-actor))
      ((size options address actor)
       (call-with-actor actor
         (lambda (target)
           (make-region
             (allocate-region target (if address (address-of address) 0) size (placed options address))
             size actor))))))

  (define rgn-free
    (case-lambda
      ((region) (rgn-free region (region-size region) (region-actor region)))
      ((address size) (rgn-free address size my-actor))
      ((address size actor)
       (call-with-actor actor
         (lambda (target) (done (free-region target (address-of address) size 0)))))))

  ;; rgnMapFromActor and rgnInitFromActor take the same arguments.
  (define (make-from-actor name call)
    (define make
      (case-lambda
        ((source from size) (make source from size K_WRITABLE))
        ((source from size options) (make source from size options #f))
        ((source from size options address) (make source from size options address my-actor))
        ((source from size options address actor)
         (call-with-actor actor
           (lambda (target)
             (call-with-actor source
               (lambda (from-actor)
                 (call-with-descriptor (if address (address-of address) 0) size (placed options address)
                   (lambda (desc)
                     (call-with-descriptor (address-of from) size 0
                       (lambda (from-desc)
                         (check name (call target desc from-actor from-desc))
                         (make-region (descriptor-start desc) size actor))))))))))))
    make)
  (define rgn-map-from-actor (make-from-actor "rgnMapFromActor" c-map))
  (define rgn-init-from-actor (make-from-actor "rgnInitFromActor" c-init))

  (define (rgn-set-protect region options)
    (call-with-actor (region-actor region)
      (lambda (target)
        (call-with-descriptor (region-address region) (region-size region) options
          (lambda (desc) (done (check "rgnSetProtect" (c-protect target desc))))))))

  ;; A list (ADDRESS SIZE OPTIONS) for each region of an actor in a range; without a range, in the first window.
  (define rgn-stat
    (case-lambda
      (() (rgn-stat my-actor))
      ((actor) (rgn-stat actor CHORUS_USER_START (- CHORUS_USER_END CHORUS_USER_START)))
      ((actor start size)
       (call-with-actor actor
         (lambda (target)
           (call-with-descriptor (address-of start) size 0
             (lambda (desc)
               (let again ((room (check "rgnStat" (c-stat target desc 0 0))))
                 (call-with-memory (* SIZEOF_RGNSTAT (max room 1))
                   (lambda (rows)
                     (let ((count (check "rgnStat" (c-stat target desc rows (* SIZEOF_RGNSTAT room)))))
                       (if (> count room) (again count) (read-rows rows count)))))))))))))
  (define (read-rows rows count)
    (if (zero? count)
        '()
        (cons
          (list (memory-ref 'u64 rows) (memory-ref 'u64 (+ rows OFFSETOF_RGNSTAT_SIZE))
                (memory-ref 'u32 (+ rows OFFSETOF_RGNSTAT_OPTIONS)))
          (read-rows (+ rows SIZEOF_RGNSTAT) (- count 1)))))

  (define (vm-copy source from target to size)
    (call-with-actor source
      (lambda (source-actor)
        (call-with-actor target
          (lambda (target-actor)
            (done
              (check "vmCopy"
                (c-copy source-actor (address-of from) target-actor (address-of to) size 0))))))))

  ;; ---- Semaphores: SIZEOF_SEMAPHORE bytes of memory, aligned to 8 bytes

  (define-foreign c-sem-init "semInit" (uptr unsigned-int) int)
  (define-blocking-foreign c-sem-p "semP" (uptr uptr) int)
  (define-foreign c-sem-v "semV" (uptr) int)

  (define (sem-init place count) (done (check "semInit" (c-sem-init (address-of place) count))))
  (define (sem-v place) (done (check "semV" (c-sem-v (address-of place)))))
  ;; Takes a token; with a number of seconds, #f if there is none in that time.
  (define sem-p
    (case-lambda
      ((place)
       (check "semP" (c-sem-p (address-of place) K_NOTIMEOUT))
       #t)
      ((place seconds)
       (call-with-memory 16
         (lambda (time)
           (let ((nanoseconds (exact (floor (* seconds 1000000000)))))
             (memory-set! 's64 time (div nanoseconds 1000000000))
             (memory-set! 's64 (+ time 8) (mod nanoseconds 1000000000)))
           (let ((status (c-sem-p (address-of place) time)))
             (and (not (= status K_ETIMEOUT))
                  (zero? (check "semP" status))))))))))
